/** The filters around each tool call, as the kernel's `beforeTool` and `afterTool`. */
import type { TurnInput } from "@dispatch/kernel";
import type { Conversation } from "../conversation/conversation.ts";
import type { Core } from "../core.ts";
import { afterTool, beforeTool } from "../ports/hooks.ts";
import type { Admitted } from "./run.ts";

export function toolHooks(
  core: Core,
  conversation: Conversation,
  { turnId, settings }: Admitted,
): Required<Pick<TurnInput, "beforeTool" | "afterTool">> {
  const { id: conversationId } = conversation;
  return {
    async beforeTool(call, signal) {
      const { callId, stepId, name, input, target } = call;
      const draft = { conversationId, turnId, stepId, callId, name, input, target, cwd: settings.cwd };
      const { denied, input: decided } = await core.apply(beforeTool, draft, signal);
      return denied === undefined ? { allow: true, input: decided } : { allow: false, output: denied };
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
