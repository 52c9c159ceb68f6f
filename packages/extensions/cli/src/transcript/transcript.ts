/**
 * A conversation as it happens, written line by line: a fold over events that prints what is new. It survives repeats
 * (after a reconnect) and snapshots (when a cursor could not be honoured) without printing anything twice.
 */
import type { StreamItem } from "@dispatch/client";
import type { Delta, DispatchEvent, Message, Snapshot, TurnError } from "@dispatch/wire";
import { quote, retryLine, type TurnEnd, toolLine } from "./lines.ts";
import type { Writer } from "./writer.ts";

export interface TranscriptOptions {
  /** Only this turn; absent: everything. */
  readonly turnId?: string | undefined;
  readonly showReasoning: boolean;
  /** What people said, quoted. */
  readonly showUser: boolean;
  /** At the end of each turn. */
  readonly ended?: (end: TurnEnd) => void;
}

export interface Transcript {
  apply(item: StreamItem): void;
  /** Ends the last line. */
  flush(): void;
  /** How the last turn ended; undefined while none has. */
  readonly end: TurnEnd | undefined;
}

type RecordEvent = Exclude<DispatchEvent, Delta>;

export function createTranscript(writer: Writer, options: TranscriptOptions): Transcript {
  /** Length seen of each open block. */
  const held = new Map<string, number>();
  /** Length printed of each message of the running turn. */
  const printed = new Map<string, number>();
  const targets = new Map<string, string | undefined>();
  let seq = 0;
  let error: TurnError | undefined;
  let end: TurnEnd | undefined;
  let separate = false; // the next text is not a continuation of the last

  function say(messageId: string, piece: string): void {
    if (piece === "") return;
    if (separate) writer.endLine();
    separate = false;
    printed.set(messageId, (printed.get(messageId) ?? 0) + piece.length);
    writer.text(piece);
  }

  /** The part of a block from `at` on that was not seen yet. */
  function unseen(block: string, at: number, text: string): string {
    const have = held.get(block) ?? 0;
    if (at > have) writer.note("· some text is missing here; `dispatch show` has it");
    held.set(block, Math.max(have, at + text.length));
    return at >= have ? text : text.slice(have - at);
  }

  function showPiece(kind: "text" | "reasoning", stepId: string, piece: string): void {
    if (kind === "text") say(`${stepId}.a`, piece);
    else if (options.showReasoning) writer.reasoning(piece);
    if (kind === "reasoning") separate = true;
  }

  function applyDelta(delta: Delta): void {
    const piece = unseen(delta.block, delta.at, delta.text);
    if (delta.type !== "tool-output")
      showPiece(delta.type === "text-delta" ? "text" : "reasoning", delta.stepId, piece);
  }

  function applyRecord(event: RecordEvent): void {
    switch (event.type) {
      case "user-message":
        if (options.showUser) writer.line(quote(event.text), writer.colors.bold);
        return;
      case "steering":
        if (options.showUser)
          for (const { text } of event.messages) writer.line(quote(text), writer.colors.bold);
        return;
      case "turn-start":
        error = undefined;
        return;
      case "text":
      case "reasoning":
        if (event.text !== undefined)
          showPiece(event.type, event.stepId ?? "", unseen(event.block, 0, event.text));
        held.delete(event.block);
        return;
      case "tool-call":
        targets.set(event.callId, event.target);
        separate = true;
        return;
      case "tool-result":
        writer.note(toolLine(event, targets.get(event.callId)));
        return;
      case "step-complete":
        separate = true;
        return;
      case "provider-retry":
        writer.note(retryLine(event));
        return;
      case "attempt-superseded":
        for (const block of event.blocks) held.delete(block);
        printed.delete(`${event.stepId ?? ""}.a`);
        separate = true;
        writer.note("· this step was cut; it is asked again and what it said so far is void");
        return;
      case "error":
        error = event;
        return;
      case "notice":
        writer.note(`· ${event.text}`);
        return;
      case "done":
        end = { reason: event.reason, detail: event.detail, error, done: event };
        return;
      case "turn-sealed":
        finish();
        return;
      default:
        return; // types it does not show, and those it does not know
    }
  }

  function finish(): void {
    writer.endLine();
    held.clear();
    printed.clear();
    targets.clear();
    if (end) options.ended?.(end);
  }

  function applyMessage(message: Message, open: string): void {
    if (message.role === "user") {
      if (options.showUser && message.seq > seq) writer.line(quote(textOf(message)), writer.colors.bold);
    } else if (message.role === "tool") {
      if (message.seq <= seq) return;
      for (const chunk of message.chunks)
        if (chunk.type === "tool-result") writer.note(toolLine(chunk, undefined));
    } else if (message.seq > seq || printed.has(message.messageId)) {
      separate = true;
      say(message.messageId, (textOf(message) + open).slice(printed.get(message.messageId) ?? 0));
    }
  }

  function applySnapshot(snapshot: Snapshot): void {
    const blocks = snapshot.running?.blocks ?? [];
    const openOf = (messageId: string) =>
      blocks
        .map((block) => (block.kind === "text" && block.messageId === messageId ? block.text : ""))
        .join("");
    const wanted = snapshot.messages.filter(
      ({ turnId }) => options.turnId === undefined || turnId === options.turnId,
    );
    for (const message of wanted) applyMessage(message, openOf(message.messageId));
    const begun = new Set(wanted.map(({ messageId }) => messageId));
    for (const block of blocks) {
      if (block.kind === "text" && !begun.has(block.messageId)) {
        say(block.messageId, block.text.slice(printed.get(block.messageId) ?? 0));
      }
    }
    held.clear();
    for (const { block, text } of blocks) held.set(block, text.length);
    seq = snapshot.seq;
    const { lastTurn } = snapshot.conversation;
    if (options.turnId !== undefined && snapshot.running?.turnId !== options.turnId) {
      const known = lastTurn?.turnId === options.turnId ? lastTurn : undefined;
      const failure =
        known?.code === undefined ? undefined : { code: known.code, message: known.code, retryable: false };
      end = { reason: known?.reason ?? "interrupted", error: failure };
      finish();
    }
  }

  return {
    apply(item) {
      if (item.snapshot) {
        applySnapshot(item.snapshot);
        return;
      }
      const { event } = item;
      if (!("seq" in event)) {
        if (options.turnId === undefined || event.turnId === options.turnId) applyDelta(event);
        return;
      }
      if (event.seq <= seq) return;
      seq = event.seq;
      if (options.turnId === undefined || event.turnId === options.turnId) applyRecord(event);
    },
    flush: () => writer.endLine(),
    get end() {
      return end;
    },
  };
}

const textOf = (message: Message): string =>
  message.chunks.map((chunk) => (chunk.type === "text" ? chunk.text : "")).join("");
