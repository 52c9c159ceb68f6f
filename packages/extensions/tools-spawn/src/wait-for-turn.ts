/** Follows a conversation's first turn to its seal, however far it has come, and gives how it ended. */
import type { Sessions } from "@dispatch/session-orchestrator/ports";
import { applyEvent, createView, type DispatchEvent, type DoneReason } from "@dispatch/wire";

export interface TurnResult {
  readonly reason: DoneReason;
  /** Of its last message with text; may be empty. */
  readonly text: string;
  /** Why it ended so, for people. */
  readonly detail?: string | undefined;
}

/** Undefined: the conversation was deleted. Rejects with the signal's reason. */
export async function waitForTurn(
  sessions: Sessions,
  conversationId: string,
  signal: AbortSignal,
): Promise<TurnResult | undefined> {
  const viewer = await sessions.subscribe(conversationId, { after: "0", unbounded: true });
  const close = (): void => viewer.close();
  signal.addEventListener("abort", close, { once: true });
  if (signal.aborted) close();
  const view = createView();
  let turnId: string | undefined;
  let detail: string | undefined;
  let reason: DoneReason | undefined;
  try {
    for (let frame = await viewer.next(); frame; frame = await viewer.next()) {
      for (const { json } of frame.events) {
        const event = JSON.parse(json) as DispatchEvent;
        applyEvent(view, event);
        if (event.type === "turn-start") turnId ??= event.turnId;
        if (turnId === undefined || event.turnId !== turnId) continue;
        if (event.type === "error") detail = event.message;
        if (event.type === "done") {
          reason = event.reason;
          detail = event.detail ?? detail;
        }
        if (event.type !== "turn-sealed" || reason === undefined) continue;
        const texts = view.messages
          .filter((message) => message.role === "assistant" && message.turnId === turnId)
          .map(({ chunks }) => chunks.map((chunk) => (chunk.type === "text" ? chunk.text : "")).join(""));
        return { reason, text: texts.findLast((text) => text.trim() !== "") ?? "", detail };
      }
    }
  } finally {
    signal.removeEventListener("abort", close);
    viewer.close();
  }
  signal.throwIfAborted();
  return undefined;
}
