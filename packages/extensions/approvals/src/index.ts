/** `@dispatch/approvals`: decides on every tool call, and asks a person where mode and rules say so. */
import { defineExtension } from "@dispatch/kernel";
import { approvals, beforeTool, type ToolCallDraft } from "@dispatch/session-orchestrator/ports";
import { routes } from "@dispatch/transport-http/ports";
import { type ApprovalSettings, manifest } from "./manifest.ts";
import { decide } from "./policy.ts";
import { listRoute, resolveRoute } from "./routes.ts";

export { manifest };

export default defineExtension<typeof manifest, ApprovalSettings>(manifest, (host) => {
  const { rules } = host.settings;
  const service = host.get(approvals);

  async function judge(call: ToolCallDraft, signal: AbortSignal): Promise<ToolCallDraft> {
    const { action, reason } = decide(call.approvals, rules, call);
    if (action === "allow") return { ...call, approved: true };
    if (action === "deny") return { ...call, denied: reason ?? "Not allowed." };
    const { conversationId, turnId, stepId, callId, name, input, target, cwd, kind } = call;
    const request = {
      name,
      input,
      ...(target === undefined ? {} : { target }),
      cwd,
      kind,
      ...(reason === undefined ? {} : { reason }),
    };
    const { decision, by } = await service.ask({ conversationId, turnId, stepId, callId, request }, signal);
    if (decision === "allow") return { ...call, approved: true };
    return { ...call, denied: by === "changed" ? changed : "Not allowed: the user denied this call." };
  }

  // Late: what runs after other filters is what is shown, and nobody changes it behind the answer.
  host.filter(
    beforeTool,
    (call, { signal }) => (call.denied === undefined ? judge(call, signal) : call),
    "late",
  );
  host.contribute(routes, "approvals.list", listRoute(service));
  host.contribute(routes, "approvals.resolve", resolveRoute(service));
});

const changed = "Not allowed: the call is no longer the one that was shown for approval.";
