/** Sends and waits for the end of exactly that turn, also when it is a repeat of one that is long over. */
import {
  applyEvent,
  type ChatBody,
  createView,
  type DispatchEvent,
  type DoneReason,
  decodeCursor,
  dispatchError,
} from "@dispatch/wire";
import type { CallContext, Sessions } from "../ports/sessions.ts";
import type { Parts } from "./parts.ts";
import { send } from "./send.ts";
import { subscribe } from "./subscribe.ts";

export async function handleMessage(
  parts: Parts,
  body: ChatBody,
  call: CallContext,
  signal?: AbortSignal,
): Promise<Awaited<ReturnType<Sessions["handleMessage"]>>> {
  const sent = await send(parts, body, call);
  const viewer = await subscribe(parts, sent.conversationId, { after: sent.before, unbounded: true });
  const { snapshot } = viewer;
  if (snapshot && snapshot.running?.turnId !== sent.turnId) {
    viewer.close();
    throw dispatchError("turn-not-found", `Turn ${sent.turnId} is not in ${sent.conversationId} any more.`);
  }
  const close = (): void => viewer.close();
  signal?.addEventListener("abort", close, { once: true });
  const view = createView({ seq: decodeCursor(sent.before)?.seq ?? 0 });
  let reason: DoneReason | undefined;
  try {
    for (let frame = await viewer.next(); frame; frame = await viewer.next()) {
      for (const { json } of frame.events) {
        const event = JSON.parse(json) as DispatchEvent;
        applyEvent(view, event);
        if (event.turnId !== sent.turnId) continue;
        if (event.type === "done") reason = event.reason;
        if (event.type !== "turn-sealed" || reason === undefined) continue;
        const answer = view.messages.findLast(
          ({ role, turnId }) => role === "assistant" && turnId === sent.turnId,
        );
        const text = answer?.chunks.map((chunk) => (chunk.type === "text" ? chunk.text : "")).join("") ?? "";
        return { ...sent, text, reason };
      }
    }
  } finally {
    signal?.removeEventListener("abort", close);
    viewer.close();
  }
  return { ...sent, running: true };
}
