/** The question whether a call may run: the call exactly as it would, and two answers. */
import type { Approval, ApprovalDecision } from "@dispatch/wire";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useStore } from "../shell/store-context.ts";
import { approvalLines } from "./approval-lines.ts";
import { Visible } from "./visible.tsx";

const asks: Readonly<Record<Approval["request"]["kind"], string>> = {
  read: "May it read this?",
  write: "May it write this?",
  execute: "May it run this?",
};

export function ApprovalCard({ approval }: { readonly approval: Approval }): JSX.Element {
  const store = useStore();
  const [answered, setAnswered] = useState<ApprovalDecision | undefined>(undefined);
  const { request, approvalId } = approval;
  const answer = async (decision: ApprovalDecision) => {
    setAnswered(decision);
    if (!(await store.attempt(() => store.live.resolveApproval(approvalId, decision))))
      setAnswered(undefined);
  };
  return (
    <section class="approval" aria-label={asks[request.kind]}>
      <h4>{asks[request.kind]}</h4>
      <dl>
        {approvalLines(request).map(({ label, text }, index) => (
          // A model chooses the names of its input: two may be the same.
          <div key={`${index} ${label}`}>
            <dt>
              <Visible text={label} />
            </dt>
            <dd>
              <pre>
                <Visible text={text} />
              </pre>
            </dd>
          </div>
        ))}
      </dl>
      {request.reason && (
        <p class="approval-reason">
          <Visible text={request.reason} />
        </p>
      )}
      <div class="answers">
        <button
          type="button"
          class="primary"
          disabled={answered !== undefined}
          onClick={() => void answer("allow")}
        >
          Allow
        </button>
        <button type="button" disabled={answered !== undefined} onClick={() => void answer("deny")}>
          Deny
        </button>
      </div>
    </section>
  );
}
