/**
 * Questions: the calls of the running turn that wait for a person's word. A view of the records, so that whoever looks sees
 * the same as who was told, after a restart too: long before a turn that a crash cut is at its call again.
 */
import type { Approval, LogRecord } from "@dispatch/wire";
import type { ConversationLog } from "../ports/log.ts";
import type { ConversationState } from "./state.ts";

/** Folds one record in. Oldest first. */
export function trackQuestions(
  questions: Map<string, Approval>,
  conversationId: string,
  record: LogRecord,
): void {
  switch (record.type) {
    case "approval-requested": {
      const { approvalId, callId, request, ts, turnId = "" } = record;
      questions.set(approvalId, { approvalId, conversationId, turnId, callId, requestedAt: ts, request });
      return;
    }
    case "approval-resolved":
      questions.delete(record.approvalId);
      return;
    // A call that was refused for another reason, or ended with its turn, waits no more.
    case "tool-start":
    case "tool-result":
      withdraw(questions, [record.callId]);
      return;
    case "attempt-superseded":
      withdraw(questions, record.callIds);
      return;
    case "turn-sealed":
      questions.clear();
      return;
  }
}

function withdraw(questions: Map<string, Approval>, callIds: readonly string[]): void {
  for (const { approvalId, callId } of questions.values())
    if (callIds.includes(callId)) questions.delete(approvalId);
}

/** Of a conversation that is loaded: its state knows which are open, only their records what was asked. */
export async function readQuestions(
  log: Pick<ConversationLog, "read">,
  { id, head, running, approvals }: ConversationState,
): Promise<Map<string, Approval>> {
  const questions = new Map<string, Approval>();
  if (!running || approvals.every(({ decision }) => decision !== undefined)) return questions;
  for (let seq = running.firstSeq - 1; seq < head; ) {
    const { entries } = await log.read(id, seq, { limit: 1_000 });
    const last = entries.at(-1);
    if (!last) break;
    for (const { json } of entries) trackQuestions(questions, id, JSON.parse(json) as LogRecord);
    seq = last.seq;
  }
  return questions;
}
