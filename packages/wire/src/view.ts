/**
 * The reducer from events to messages and open blocks: what every client shows, and what the server answers on
 * `/messages`. A view is messages + open blocks; `applyEvent` is a deterministic fold over the log and its deltas.
 */
import type { Delta, DispatchEvent } from "./events.ts";
import { isDelta } from "./is-delta.ts";
import type { Message, OpenBlock, Snapshot } from "./messages.ts";
import type { ConversationStatus } from "./records.ts";
import { assistantMessageId, toolMessageId } from "./step-ids.ts";
import type { QueueItem } from "./user-input.ts";
import { applyToMessages } from "./view-messages.ts";

export interface View {
  /** Seq of the last record applied. */
  seq: number;
  status: ConversationStatus;
  /** In seq order. A changed message is a new object, so identity tells what to draw again. */
  messages: Message[];
  /** Blocks still growing, oldest first. */
  open: Map<string, OpenBlock>;
  turn: { turnId: string; model: string; attempt: number; stepId?: string | undefined } | undefined;
  /** What waits, in order. */
  queue: readonly QueueItem[];
  /** Nothing of the queue starts by itself. */
  held: boolean;
  /** Keep what lies before a reset. */
  readonly all: boolean;
  /** Made for a provider: what it wants back is kept on the chunks, and what only people look at is not. Never shown. */
  readonly providerData: boolean;
}

/** `gap`: something is missing in between; the view is unchanged and its holder subscribes again. */
export type Applied = "applied" | "ignored" | "gap";

/** An empty view, or the view of a snapshot. */
export function createView(
  options: { snapshot?: Snapshot; all?: boolean; seq?: number; providerData?: boolean } = {},
): View {
  const { snapshot } = options;
  const running = snapshot?.running;
  return {
    seq: options.seq ?? snapshot?.seq ?? 0,
    status: snapshot?.conversation.status ?? "idle",
    messages: snapshot ? [...snapshot.messages] : [],
    open: new Map(running?.blocks.map((block) => [block.block, block])),
    turn: running && {
      turnId: running.turnId,
      model: running.model,
      attempt: running.attempt,
      stepId: running.stepId,
    },
    queue: snapshot?.queue ?? [],
    held: snapshot?.held ?? false,
    all: options.all ?? false,
    providerData: options.providerData ?? false,
  };
}

/** Folds one event in. Records must come in order; what is held already is ignored. */
export function applyEvent(view: View, event: DispatchEvent): Applied {
  if (isDelta(event)) return applyDelta(view, event);
  if (event.seq <= view.seq) return "ignored";
  if (event.seq !== view.seq + 1) return "gap";
  if (event.type === "text" || event.type === "reasoning") {
    const held = view.open.get(event.block);
    const text = event.text ?? (held && held.text.length === event.length ? held.text : undefined);
    if (text === undefined) return "gap";
    view.open.delete(event.block);
    applyToMessages(view, { ...event, text });
  } else {
    if (event.type === "tool-result") view.open.delete(event.callId);
    else if (event.type === "attempt-superseded" || event.type === "step-complete")
      closeStep(view, event.stepId ?? "");
    // A turn that is resumed may run a call again: its output begins anew, under the same id.
    else if (event.type === "turn-sealed" || event.type === "turn-start") view.open.clear();
    applyToMessages(view, event);
  }
  view.seq = event.seq;
  return "applied";
}

function closeStep(view: View, stepId: string): void {
  for (const [id, block] of view.open) if (block.stepId === stepId) view.open.delete(id);
}

const kinds = { "text-delta": "text", "reasoning-delta": "reasoning", "tool-output": "tool-output" } as const;

function applyDelta(view: View, delta: Delta): Applied {
  const held = view.open.get(delta.block);
  const length = held?.text.length ?? 0;
  if (delta.at > length) return "gap";
  const news = delta.at === length ? delta.text : delta.text.slice(length - delta.at);
  if (news === "") return "ignored";
  const kind = kinds[delta.type];
  const messageId = kind === "tool-output" ? toolMessageId(delta.stepId) : assistantMessageId(delta.stepId);
  const { block, turnId, stepId } = delta;
  view.open.set(
    block,
    held ? { ...held, text: held.text + news } : { block, kind, messageId, turnId, stepId, text: news },
  );
  return "applied";
}

/** Messages with the open blocks of text and reasoning appended to theirs: what to draw right now. */
export function drawnMessages(view: View): Message[] {
  if (view.open.size === 0) return view.messages;
  const drawn = [...view.messages];
  for (const block of view.open.values()) {
    if (block.kind === "tool-output") continue;
    const chunk = { type: block.kind, text: block.text } as const;
    const at = drawn.findLastIndex((message) => message.messageId === block.messageId);
    const message = drawn[at];
    if (message) drawn[at] = { ...message, chunks: [...message.chunks, chunk] };
    else
      drawn.push({
        messageId: block.messageId,
        role: "assistant",
        seq: view.seq,
        ts: 0,
        turnId: block.turnId,
        status: "running",
        ...(view.turn && { model: view.turn.model }),
        chunks: [chunk],
      });
  }
  return drawn;
}
