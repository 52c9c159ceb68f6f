/** `approval.resolve`: a person's word on one call, the same as POST /approvals/:id. */
import type { Approvals } from "@dispatch/session-orchestrator/ports";
import { approvalBody, clientFrames } from "@dispatch/wire";
import { operations } from "../operations.ts";
import { defineOp } from "../ports.ts";

export const approvalResolve = (approvals: Approvals) =>
  defineOp({
    schema: clientFrames["approval.resolve"].extend(approvalBody.shape),
    scope: operations["approval.resolve"],
    async handle({ approvalId, decision }, { caller }) {
      await approvals.resolve(approvalId, { decision, by: caller.credential });
      return undefined;
    },
  });
