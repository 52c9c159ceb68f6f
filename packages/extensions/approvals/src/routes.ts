/** GET /approvals, POST /approvals/:id. */
import type { Approvals } from "@dispatch/session-orchestrator/ports";
import { defineRoute } from "@dispatch/transport-http/ports";
import { approvalBody, approvalsAnswer, problem } from "@dispatch/wire";

export const listRoute = (approvals: Approvals) =>
  defineRoute({
    method: "GET",
    path: "/approvals",
    operation: "approvals.list",
    scope: "read",
    summary: "Calls that wait for a person's word, oldest first.",
    responses: { 200: approvalsAnswer },
    handle: async () => ({ json: { items: await approvals.waiting() } }),
  });

export const resolveRoute = (approvals: Approvals) =>
  defineRoute({
    method: "POST",
    path: "/approvals/:id",
    operation: "approvals.resolve",
    scope: "approve",
    summary: "Answers one, once. The answer holds for exactly the call that was shown.",
    body: approvalBody,
    responses: { 204: "Answered, on disk.", 404: problem, 409: problem },
    async handle({ params, body, call }) {
      await approvals.resolve(params.id ?? "", { decision: body.decision, by: call.credential });
      return { status: 204 };
    },
  });
