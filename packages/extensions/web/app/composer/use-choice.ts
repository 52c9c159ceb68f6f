/** Model and effort: of the conversation, where they are stored, or of a new one until it begins. */
import type { LiveView } from "@dispatch/client";
import type { Effort } from "@dispatch/wire";
import type { OpenConversation } from "../live/open-conversation.ts";
import { useStore } from "../shell/store-context.ts";

export interface Choice {
  /** Undefined: the server's default. */
  readonly model: string | undefined;
  readonly effort: Effort | undefined;
  setModel(model: string): void;
  setEffort(effort: Effort): void;
}

export function useChoice(conversation: OpenConversation | undefined, live: LiveView | undefined): Choice {
  const store = useStore();
  if (!conversation) {
    const { now, set } = store.beginning;
    return {
      model: now.value.model,
      effort: now.value.effort,
      setModel: (model) => set({ model }),
      setEffort: (effort) => set({ effort }),
    };
  }
  const settings = live?.conversation?.settings ?? {};
  const { id } = conversation;
  return {
    model: text(settings.model?.value),
    effort: text(settings.effort?.value) as Effort | undefined,
    setModel: (model) => void store.attempt(() => store.client.patch(id, { model })),
    setEffort: (effort) => void store.attempt(() => store.client.patch(id, { effort })),
  };
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
