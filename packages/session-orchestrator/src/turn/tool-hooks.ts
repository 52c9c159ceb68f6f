/** The filters around each tool call, as the kernel's `beforeTool` and `afterTool`. */
import { setMaxListeners } from "node:events";
import type { ToolKind, TurnInput } from "@dispatch/kernel";
import type { Conversation } from "../conversation/conversation.ts";
import type { Core } from "../core.ts";
import { afterTool, beforeTool } from "../ports/hooks.ts";
import type { Admitted } from "./run.ts";

export function toolHooks(
  core: Core,
  conversation: Conversation,
  { turnId, settings }: Admitted,
  kindOf: (tool: string) => ToolKind,
): Required<Pick<TurnInput, "beforeTool" | "afterTool">> {
  const { id: conversationId } = conversation;
  const { approvals = "ask" } = settings;
  return {
    async beforeTool(call, signal) {
      // Every call that runs listens to it, and takes itself off when it ends: many at once are no leak.
      setMaxListeners(0, signal);
      const { callId, stepId, name, input, target } = call;
      const draft = {
        conversationId,
        turnId,
        stepId,
        callId,
        name,
        input,
        target,
        cwd: settings.cwd,
        kind: kindOf(name),
        approvals,
      };
      const { denied, approved, input: decided } = await core.apply(beforeTool, draft, signal);
      if (denied !== undefined) return { allow: false, output: denied };
      const allowed = approved === true || draft.kind === "read" || approvals === "full";
      return allowed ? { allow: true, input: decided } : { allow: false, output: nobodyAsked };
    },
    async afterTool(call, result, signal) {
      const { callId, stepId, name, input } = call;
      const { output, isError = false, truncated = false } = result;
      const draft = { conversationId, turnId, stepId, callId, name, input, output, isError, truncated };
      const filtered = await core.apply(afterTool, draft, signal);
      return { output: filtered.output, isError: filtered.isError, truncated: filtered.truncated };
    },
  };
}

/** Default deny: a gate that is missing or failed must not stand open. */
const nobodyAsked =
  "Not allowed: this call needs an approval, and the extension that asks for approvals is not active. The user can allow all calls with the approvals mode `full`.";
