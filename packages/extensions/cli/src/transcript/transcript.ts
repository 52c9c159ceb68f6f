/**
 * A conversation as it happens, written line by line: a fold over events that prints what is new. It survives repeats
 * (after a reconnect) and snapshots (when a cursor could not be honoured) without printing anything twice.
 */
import type { StreamItem } from "@dispatch/client";
import type { Delta, DispatchEvent, Message, Snapshot, TurnError } from "@dispatch/wire";
import { errorOf } from "@dispatch/wire/shown";
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
  /** Calls of the running turn whose ends were told, by their message. */
  const told = new Map<string, Set<string>>();
  /** When the retry is that was told last. */
  let retryAt: number | undefined;
  let seq = 0;
  /** The turn that is followed; undefined when none runs. */
  let current = options.turnId;
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
        current = event.turnId;
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
        tellResult(`${event.stepId ?? ""}.t`, event);
        return;
      case "step-complete":
        separate = true;
        return;
      case "provider-retry":
        retryAt = event.retryAt;
        writer.note(retryLine(event));
        return;
      case "attempt-superseded":
        for (const block of event.blocks) held.delete(block);
        printed.delete(`${event.stepId ?? ""}.a`);
        separate = true;
        writer.note("· this step was cut; it is asked again and what it said so far is void");
        return;
      case "error":
        error = errorOf(event);
        return;
      case "compacted":
        say(`compacted-${event.seq}`, event.summary);
        separate = true;
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
    told.clear();
    current = undefined;
    if (end) options.ended?.(end);
  }

  function tellResult(messageId: string, result: Parameters<typeof toolLine>[0] & { callId: string }): void {
    const { callId } = result;
    const those = told.get(messageId) ?? new Set();
    if (those.has(callId)) return;
    told.set(messageId, those.add(callId));
    writer.note(toolLine(result, targets.get(callId)));
  }

  function applyMessage(message: Message, open: string): void {
    for (const chunk of message.chunks)
      if (chunk.type === "tool-call") targets.set(chunk.callId, chunk.target);
    if (message.role === "user") {
      if (options.showUser && message.seq > seq) writer.line(quote(textOf(message)), writer.colors.bold);
    } else if (message.role === "tool") {
      if (message.seq <= seq && !told.has(message.messageId)) return;
      for (const chunk of message.chunks)
        if (chunk.type === "tool-result") tellResult(message.messageId, chunk);
    } else if (message.seq > seq || printed.has(message.messageId)) {
      separate = true;
      say(message.messageId, (textOf(message) + open).slice(printed.get(message.messageId) ?? 0));
    }
  }

  function applySnapshot(snapshot: Snapshot): void {
    const { running, conversation } = snapshot;
    const isWanted = options.turnId === undefined || running?.turnId === options.turnId;
    const blocks = isWanted ? (running?.blocks ?? []) : [];
    const openOf = (messageId: string) =>
      blocks
        .map((block) => (block.kind === "text" && block.messageId === messageId ? block.text : ""))
        .join("");
    const wanted = snapshot.messages.filter(
      ({ turnId }) => options.turnId === undefined || turnId === options.turnId,
    );
    // How a turn ended that was followed until the cut: it stands before what came after it.
    const missed = current === running?.turnId ? undefined : current;
    const newest = running?.turnId ?? conversation.lastTurn?.turnId;
    if (newest === (missed ?? newest)) error = snapshot.error ?? error;
    for (const message of wanted) {
      if (missed !== undefined && message.seq > seq && message.turnId !== missed)
        finishMissed(snapshot, missed);
      applyMessage(message, openOf(message.messageId));
    }
    if (missed !== undefined) finishMissed(snapshot, missed);
    const begun = new Set(wanted.map(({ messageId }) => messageId));
    for (const block of blocks) {
      if (block.kind === "text" && !begun.has(block.messageId)) {
        say(block.messageId, block.text.slice(printed.get(block.messageId) ?? 0));
      }
    }
    held.clear();
    for (const { block, text } of blocks) held.set(block, text.length);
    seq = snapshot.seq;
    current ??= running?.turnId;
    if (isWanted && running?.retry && running.retry.retryAt !== retryAt) {
      retryAt = running.retry.retryAt;
      writer.note(retryLine(running.retry));
    }
  }

  function finishMissed({ conversation: { lastTurn }, messages }: Snapshot, turnId: string): void {
    if (current !== turnId) return;
    const known = lastTurn?.turnId === turnId ? lastTurn : undefined;
    const { code } = known ?? {};
    const failure = code === undefined ? undefined : { code, message: code, retryable: false };
    end = { reason: known?.reason ?? guessedEnd(messages, turnId), error: error ?? failure };
    finish();
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

/** Of a turn behind which another one has ended meanwhile: its messages say whether they were cut. */
function guessedEnd(messages: readonly Message[], turnId: string): TurnEnd["reason"] {
  const last = messages.findLast((message) => message.turnId === turnId && message.role !== "user");
  if (last?.status === "complete") return "completed";
  return last?.status === "failed" ? "error" : last?.status === "aborted" ? "aborted" : "interrupted";
}

const textOf = (message: Message): string =>
  message.chunks.map((chunk) => (chunk.type === "text" ? chunk.text : "")).join("");
