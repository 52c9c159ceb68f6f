/** Approvals: a question is a record of its turn, an answer another. Who waits is in memory; what was asked is in the log. */
import { createHash } from "node:crypto";
import { type Approval, canonical, dispatchError, type LogRecord } from "@dispatch/wire";
import type { Conversation } from "../conversation/conversation.ts";
import type { ApprovalAnswer, ApprovalQuestion, Approvals } from "../ports/approvals.ts";
import type { Parts } from "./parts.ts";

interface Waiting {
  readonly approval: Approval;
  readonly answered: Promise<ApprovalAnswer>;
  settle(answer: ApprovalAnswer): void;
  /** An answer is on its way to the disk. */
  taken: boolean;
}

export function createApprovals({ core, conversations }: Pick<Parts, "core" | "conversations">): Approvals {
  const waiting = new Map<string, Waiting>();

  /** The question's record: the one that is there, or a new one. */
  async function record(
    conversation: Conversation,
    question: ApprovalQuestion,
    hash: string,
  ): Promise<Approval> {
    const { conversationId, turnId, stepId, callId, request } = question;
    const known = conversation.state.approvals.find((each) => each.callId === callId);
    const approvalId = known?.approvalId ?? core.ids.uuid();
    if (known) return { approvalId, conversationId, turnId, callId, requestedAt: known.requestedAt, request };
    const requestedAt = await conversation.mailbox.run((state) => {
      if (state.running?.turnId !== turnId) throw new Error(`turn ${turnId} is over`);
      return {
        records: [{ type: "approval-requested", turnId, stepId, approvalId, callId, request, hash }],
        sync: true,
        answer: ([stored]: readonly LogRecord[]) => stored?.ts ?? core.now(),
      };
    });
    return { approvalId, conversationId, turnId, callId, requestedAt, request };
  }

  return {
    ask: (question, signal) =>
      conversations.use(question.conversationId, async (conversation) => {
        const hash = createHash("sha256").update(canonical(question.request)).digest("base64url");
        const before = conversation.state.approvals.find(({ callId }) => callId === question.callId);
        if (before && before.hash !== hash) return { decision: "deny", by: "changed" };
        if (before?.decision) return { decision: before.decision };
        const approval = await record(conversation, question, hash);
        const entry = waitingFor(approval);
        waiting.set(approval.approvalId, entry);
        conversation.live.approvals.set(approval.approvalId, approval);
        try {
          return await untilAborted(entry.answered, signal);
        } finally {
          waiting.delete(approval.approvalId);
          conversation.live.approvals.delete(approval.approvalId);
        }
      }),
    waiting: () => [...waiting.values()].map(({ approval }) => approval),
    async resolve(approvalId, answer) {
      const entry = waiting.get(approvalId);
      if (!entry) throw dispatchError("approval-not-found", `Nothing waits for the approval ${approvalId}.`);
      if (entry.taken)
        throw dispatchError("approval-answered", `The approval ${approvalId} has been answered.`);
      entry.taken = true;
      const { conversationId, turnId, callId } = entry.approval;
      const { decision, by } = answer;
      try {
        await conversations.use(conversationId, (conversation) =>
          conversation.mailbox.run((state) => ({
            records:
              state.running?.turnId === turnId
                ? [
                    {
                      type: "approval-resolved",
                      turnId,
                      approvalId,
                      callId,
                      decision,
                      ...(by === undefined ? {} : { by }),
                    },
                  ]
                : [],
            sync: true,
            answer: () => undefined,
          })),
        );
      } catch (error) {
        entry.taken = false;
        throw error;
      }
      entry.settle(answer);
    },
  };
}

function waitingFor(approval: Approval): Waiting {
  let settle = (_answer: ApprovalAnswer): void => undefined;
  const answered = new Promise<ApprovalAnswer>((resolve) => {
    settle = resolve;
  });
  return { approval, answered, settle, taken: false };
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
