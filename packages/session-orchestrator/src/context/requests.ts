/** Requests beside a turn's: cache warming and the summary of a compaction. Same plan, so the same prefix. */
import type { ModelMessage, ProviderFailure } from "@dispatch/kernel";
import { dispatchError, noUsage, type Usage } from "@dispatch/wire";
import type { Conversation } from "../conversation/conversation.ts";
import type { Core } from "../core.ts";
import { type PlanDraft, planTurn } from "../ports/hooks.ts";
import { mergedSettings } from "../settings.ts";
import { type Frozen, freeze, plan } from "./plan.ts";

/** What the conversation would send now, fixed for one use. */
export async function freezeNow(
  core: Core,
  conversation: Conversation,
  purpose: PlanDraft["purpose"],
): Promise<Frozen> {
  const settings = mergedSettings({}, conversation.state.settings, core.defaults);
  return freeze({
    conversationId: conversation.id,
    purpose,
    cwd: settings.cwd,
    model: await core.models().resolve(settings.model),
    effort: settings.effort,
    system: settings.system,
    tools: core.tools(),
    compile: core.compile,
    filter: (draft) => core.apply(planTurn, draft),
  });
}

export interface SideRequest {
  readonly purpose: "warm" | "compact";
  /** Said after the conversation's own messages. */
  readonly ask: string;
  readonly maxOutputTokens?: number;
  readonly signal: AbortSignal;
}

/** Sends the conversation and one more user message; gives the answer's text. Nothing of it enters the history. */
export async function sideRequest(
  core: Core,
  conversation: Conversation,
  { purpose, ask, maxOutputTokens, signal }: SideRequest,
): Promise<{ text: string; usage: Usage }> {
  const frozen = await freezeNow(core, conversation, purpose);
  const context = await conversation.context();
  const message: ModelMessage = { messageId: purpose, role: "user", chunks: [{ type: "text", text: ask }] };
  const step = plan(frozen, context.messages(), {
    messages: [message],
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  });
  const request = { ...step, tools: step.tools.map(({ spec }) => spec), conversationId: conversation.id };
  let text = "";
  let usage = noUsage;
  for await (const events of frozen.model.provider.stream(request, { signal, log: core.logger })) {
    for (const event of Array.isArray(events) ? events : [events]) {
      if (event.type === "text") text += event.text;
      else if (event.type === "usage") usage = event.usage;
      else if (event.type === "finish") return { text, usage: event.usage ?? usage };
      else if (event.type === "error") throw failed(event.error);
    }
  }
  throw failed({ code: "truncated", message: "The answer ended too early.", retryable: true });
}

const failed = ({ code, message }: ProviderFailure): Error =>
  dispatchError("provider-failed", `The provider failed (${code}): ${message}`, { data: { provider: code } });
