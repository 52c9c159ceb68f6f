/**
 * Approvals: a question is a record of its turn, an answer another. What is open the records say, also of a turn that a crash
 * cut and that is not at its call again: it can be answered at once. Who waits for the answer is in memory.
 */
import { createHash } from "node:crypto";
import { type Approval, canonical, dispatchError } from "@dispatch/wire";
import type { Conversation } from "../conversation/conversation.ts";
import type { ConversationState } from "../conversation/state.ts";
import type { ApprovalAnswer, ApprovalQuestion, Approvals } from "../ports/approvals.ts";
import type { Parts } from "./parts.ts";

type ApprovalParts = Pick<Parts, "core" | "conversations" | "recovery">;

export function createApprovals({ core, conversations, recovery }: ApprovalParts): Approvals {
  /** By approval id. */
  const waiting = new Map<string, (answer: ApprovalAnswer) => void>();

  const open = (): readonly Approval[] =>
    conversations
      .all()
      .flatMap(({ live }) => [...live.approvals.values()])
      .sort((a, b) => a.requestedAt - b.requestedAt);

  /** Undefined: no turn asks that. Cut turns are waited for until they are all here. */
  async function find(approvalId: string): Promise<Approval | undefined> {
    const known = () => open().find((approval) => approval.approvalId === approvalId);
    const found = known();
    if (found) return found;
    await recovery.found();
    return known();
  }

  function append(conversation: Conversation, question: ApprovalQuestion, approvalId: string, hash: string) {
    const { turnId, stepId, callId, request } = question;
    return conversation.mailbox.run((state) => {
      if (state.running?.turnId !== turnId) throw new Error(`turn ${turnId} is over`);
      return {
        records: [{ type: "approval-requested", turnId, stepId, approvalId, callId, request, hash }],
        sync: true,
        answer: () => undefined,
      };
    });
  }

  return {
    ask: (question, signal) =>
      conversations.use(question.conversationId, async (conversation) => {
        const hash = createHash("sha256").update(canonical(question.request)).digest("base64url");
        const before = conversation.state.approvals.find(({ callId }) => callId === question.callId);
        if (before && before.hash !== hash) return { decision: "deny", by: "changed" };
        if (before?.decision) return { decision: before.decision };
        const approvalId = before?.approvalId ?? core.ids.uuid();
        // Before the question can be seen: it may be answered in the tick in which it is.
        const answered = new Promise<ApprovalAnswer>((resolve) => waiting.set(approvalId, resolve));
        try {
          if (!before) await append(conversation, question, approvalId, hash);
          return await untilAborted(answered, signal);
        } finally {
          waiting.delete(approvalId);
        }
      }),
    async waiting() {
      await recovery.found();
      return open();
    },
    async resolve(approvalId, answer) {
      const approval = await find(approvalId);
      if (!approval) throw nothingWaits(approvalId);
      const { conversationId, turnId, callId } = approval;
      const { decision, by } = answer;
      await conversations.use(conversationId, (conversation) =>
        conversation.mailbox.run((state) => {
          refuseAnswered(state, approvalId);
          const who = by === undefined ? {} : { by };
          return {
            records: [{ type: "approval-resolved", turnId, approvalId, callId, decision, ...who }],
            sync: true,
            answer: () => waiting.get(approvalId)?.(answer),
          };
        }),
      );
    },
  };
}

/** Answered once; and not when its turn has ended meanwhile. */
function refuseAnswered({ approvals }: ConversationState, approvalId: string): void {
  const asked = approvals.find((each) => each.approvalId === approvalId);
  if (!asked) throw nothingWaits(approvalId);
  if (asked.decision)
    throw dispatchError("approval-answered", `The approval ${approvalId} has been answered.`);
}

const nothingWaits = (approvalId: string) =>
  dispatchError("approval-not-found", `Nothing waits for the approval ${approvalId}.`);

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
