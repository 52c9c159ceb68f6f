/** Requests beside a turn's: cache warming and the summary of a compaction. Same plan, so the same prefix. */
import type { ModelMessage, ProviderFailure } from "@dispatch/kernel";
import { dispatchError, noUsage, type Usage } from "@dispatch/wire";
import type { Conversation } from "../conversation/conversation.ts";
import type { Core } from "../core.ts";
import { type PlanDraft, planTurn } from "../ports/hooks.ts";
import { defaultsIn, mergedSettings } from "../settings.ts";
import { workplaceOf } from "../turn/admission.ts";
import { type Frozen, freeze, plan } from "./plan.ts";

/** What the conversation would send now, fixed for one use. */
export async function freezeNow(
  core: Core,
  conversation: Conversation,
  purpose: PlanDraft["purpose"],
): Promise<Frozen> {
  const settings = mergedSettings(
    {},
    conversation.state.settings,
    defaultsIn(core.defaults, conversation.state.workspace),
  );
  return freeze({
    conversationId: conversation.id,
    purpose,
    cwd: await workplaceOf(core, conversation.id, settings),
    model: await core.models().resolve(settings.model),
    effort: settings.effort,
    system: settings.system,
    attachment: core.attachments()?.read,
    tools: core.tools(),
    compile: core.compile,
    unusable: core.unusableTool,
    filter: (draft) => core.apply(planTurn, draft),
  });
}

export interface SideRequest {
  readonly purpose: "warm" | "compact";
  /** The conversation's own messages, as they stood when this was asked for. */
  readonly messages: readonly ModelMessage[];
  /** Said after them. */
  readonly ask: string;
  readonly maxOutputTokens?: number;
}

interface Answer {
  readonly text: string;
  readonly usage: Usage;
}

/**
 * Sends the conversation and one more user message; gives the answer. Nothing of it enters the history. Ends with the
 * conversation, with the server, and after `sideRequestMs`, whether the provider notices or not.
 */
export async function sideRequest(
  core: Core,
  conversation: Conversation,
  side: SideRequest,
): Promise<Answer> {
  const controller = new AbortController();
  const { signal } = controller;
  const late = core.after(core.limits.sideRequestMs, () => controller.abort(new Error("It took too long.")));
  conversation.sideRequests.add(controller);
  try {
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () =>
        reject(failed({ code: "aborted", message: String(signal.reason), retryable: true })),
      );
    });
    return await Promise.race([ask(core, conversation, side, signal), aborted]);
  } finally {
    late();
    conversation.sideRequests.delete(controller);
    controller.abort();
  }
}

async function ask(
  core: Core,
  conversation: Conversation,
  side: SideRequest,
  signal: AbortSignal,
): Promise<Answer> {
  const { purpose, messages, maxOutputTokens } = side;
  const frozen = await freezeNow(core, conversation, purpose);
  const message: ModelMessage = {
    messageId: purpose,
    role: "user",
    chunks: [{ type: "text", text: side.ask }],
  };
  const step = plan(frozen, messages, {
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
