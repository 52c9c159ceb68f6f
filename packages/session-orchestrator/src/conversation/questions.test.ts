import type { Approval, LogRecord } from "@dispatch/wire";
import fc from "fast-check";
import { expect, it } from "vitest";
import { foldState } from "./fold-state.ts";
import { trackQuestions } from "./questions.ts";
import { emptyState } from "./state.ts";

const callId = fc.constantFrom("j", "k", "l");
const request = { name: "run_command", input: {}, cwd: "/", kind: "execute" };
const change = fc.oneof(
  {
    weight: 3,
    arbitrary: callId.map((id) => ({ type: "approval-requested", callId: id, request, hash: "h" })),
  },
  callId.map((id) => ({ type: "approval-resolved", approvalId: `of-${id}`, callId: id, decision: "deny" })),
  callId.map((id) => ({ type: "tool-start", callId: id })),
  callId.map((id) => ({ type: "tool-result", callId: id, name: "run_command" })),
  fc.subarray(["j", "k", "l"]).map((callIds) => ({ type: "attempt-superseded", callIds, blocks: [] })),
  fc.constant({ type: "turn-start", attempt: 2, turn: 1 }),
  fc.constant({ type: "turn-sealed" }),
);

it("what is open is the same for those who hold the questions and for the state that says who waits", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
      const questions = new Map<string, Approval>();
      const start = { type: "turn-start", attempt: 1, turn: 1, turnId: "t", seq: 1, ts: 1 };
      let state = foldState(emptyState("c"), start as unknown as LogRecord);
      for (const each of changes) {
        if (!state.running) break;
        // A call asks once; the id of its question goes with it.
        const approvalId = "request" in each ? `of-${each.callId}` : undefined;
        if (approvalId && state.approvals.some((asked) => asked.approvalId === approvalId)) continue;
        const record = {
          ...(approvalId && { approvalId }),
          ...each,
          turnId: "t",
          seq: state.head + 1,
          ts: 1,
        };
        state = foldState(state, record as unknown as LogRecord);
        trackQuestions(questions, "c", record as unknown as LogRecord);
        const open = state.approvals.filter(({ decision }) => decision === undefined);
        expect([...questions.keys()]).toEqual(open.map((asked) => asked.approvalId));
      }
    }),
  );
});
