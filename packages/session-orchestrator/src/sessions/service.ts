/** The service `sessions`, put together from its methods. */
import type { ModelMessage } from "@dispatch/kernel";
import { freeze } from "../plan.ts";
import { planTurn } from "../ports/hooks.ts";
import type { ContextAnswer, Sessions } from "../ports/sessions.ts";
import { mergedSettings } from "../settings.ts";
import { close, last, stop } from "./end.ts";
import { messages } from "./messages.ts";
import { get, list, patch, resolve, status } from "./meta.ts";
import type { Parts } from "./parts.ts";
import { create, send } from "./send.ts";
import { subscribe } from "./subscribe.ts";

export function createSessions(parts: Parts): Sessions {
  return {
    send: (body, call) => send(parts, body, call),
    create: (body, call) => create(parts, body, call),
    get: (id) => get(parts, id),
    list: (query) => list(parts, query),
    resolve: (prefix) => resolve(parts, prefix),
    patch: (id, body, call, ifVersion) => patch(parts, id, body, call, ifVersion),
    messages: (id, window) => messages(parts, id, window),
    context: (id) => context(parts, id),
    status: (id) => status(parts, id),
    isActive: (id) => parts.conversations.peek(id)?.running !== undefined,
    last: (id, options) => last(parts, id, options),
    stop: (id, turnId) => stop(parts, id, turnId),
    close: (id) => close(parts, id),
    subscribe: (id, options) => subscribe(parts, id, options),
    async handleMessage(body, call, signal) {
      const sent = await send(parts, body, call);
      const answer = await last(parts, sent.conversationId, { timeoutMs: 2_147_483_647, signal });
      return { ...sent, ...answer };
    },
  };
}

/** What the model would be sent now, by the same plan as a turn's. */
const context = ({ core, conversations }: Parts, id: string): Promise<ContextAnswer> =>
  conversations.use(id, async (conversation) => {
    const settings = mergedSettings({}, conversation.state.settings, core.defaults);
    const model = await core.models().resolve(settings.model);
    const { system, tools } = await freeze({
      conversationId: id,
      purpose: "turn",
      cwd: settings.cwd,
      model,
      effort: settings.effort,
      system: settings.system,
      tools: core.tools(),
      compile: core.compile,
      filter: (draft) => core.apply(planTurn, draft),
    });
    const held = await conversation.context();
    return {
      model: model.id,
      ...(system === undefined ? {} : { system }),
      messages: held.messages().map(withoutProviderData),
      tools: tools.map(({ spec }) => spec),
    };
  });


/** What providers want back is theirs: it is not shown. */
const withoutProviderData = (message: ModelMessage): ModelMessage => ({
  ...message,
  chunks: message.chunks.map(({ providerData: _hidden, ...chunk }) => chunk),
});
