/** The part of the reducer that records reach: one assistant and one tool message per step, results in call order. */
import type { Chunk, Message } from "./messages.ts";
import type { DoneReason, LogRecord, RecordOf } from "./records.ts";
import { assistantMessageId, toolMessageId } from "./step-ids.ts";
import type { UserInput } from "./user-input.ts";
import type { View } from "./view.ts";

/** Folds one record into the messages of a view. Types it does not know change nothing. */
export function applyToMessages(view: View, record: LogRecord): void {
  switch (record.type) {
    case "user-message":
      view.messages.push(userMessage(record, record));
      return;
    case "steering":
      for (const input of record.messages) view.messages.push(userMessage(record, input));
      return;
    case "turn-start": {
      const { turnId = "", model, attempt } = record;
      view.turn = { turnId, model, attempt };
      return;
    }
    case "text":
    case "reasoning": {
      const { type, text, continues } = record;
      if (text !== "" || kept(view, record))
        addChunk(view, record, { type, text, ...kept(view, record) }, continues !== undefined);
      return;
    }
    case "tool-call": {
      const { callId, name, input, target } = record;
      const toShow = view.providerData || target === undefined ? {} : { target };
      addChunk(view, record, { type: "tool-call", callId, name, input, ...toShow, ...kept(view, record) });
      return;
    }
    case "tool-result":
      addResult(view, record);
      return;
    case "step-complete":
      completeStep(view, record);
      return;
    case "attempt-superseded":
      dropMessages(view, stepMessages(record.stepId ?? ""));
      return;
    case "messages-removed":
      dropMessages(view, record.messageIds);
      return;
    case "done":
      settleTurn(view, record.turnId, record.reason);
      return;
    case "turn-sealed":
      view.turn = undefined;
      return;
    case "status-changed":
      view.status = record.status;
      return;
    case "queue-changed":
      view.queue = record.queue;
      view.held = record.held;
      return;
    case "compacted": {
      const chunks: Chunk[] = [{ type: "text", text: record.summary }];
      view.messages.push({
        messageId: `compacted-${record.seq}`,
        role: "system",
        ...at(record),
        status: "complete",
        chunks,
      });
      return;
    }
    case "reset":
      if (!view.all) view.messages = [];
      return;
  }
}

const kept = (view: View, record: { providerData?: unknown }) =>
  view.providerData && record.providerData !== undefined ? { providerData: record.providerData } : undefined;

const at = (record: LogRecord) => ({
  seq: record.seq,
  ts: record.ts,
  ...(record.turnId === undefined ? {} : { turnId: record.turnId }),
});

const stepMessages = (stepId: string): string[] => [assistantMessageId(stepId), toolMessageId(stepId)];

function userMessage(record: LogRecord, input: UserInput): Message {
  const images = (input.attachments ?? []).map(
    ({ attachmentId, mimeType }): Chunk => ({ type: "image", attachmentId, mimeType }),
  );
  return {
    messageId: input.messageId,
    role: "user",
    ...at(record),
    ...(input.clientMessageId === undefined ? {} : { clientMessageId: input.clientMessageId }),
    status: "complete",
    chunks: [{ type: "text", text: input.text }, ...images],
  };
}

/** Index of a message of this turn, or -1. Looks back no further than the turn: its cost does not grow with history. */
function indexOf(view: View, messageId: string, turnId: string | undefined): number {
  for (let index = view.messages.length - 1; index >= 0; index--) {
    const message = view.messages[index];
    if (message?.messageId === messageId) return index;
    if (message?.role !== "system" && message?.turnId !== turnId) return -1;
  }
  return -1;
}

function addChunk(view: View, record: LogRecord, chunk: Chunk, continues = false): void {
  const stepId = record.stepId ?? "";
  if (view.turn) view.turn.stepId = stepId;
  const messageId = assistantMessageId(stepId);
  const index = indexOf(view, messageId, record.turnId);
  const message = view.messages[index];
  if (!message) {
    const model = view.turn && { model: view.turn.model };
    view.messages.push({
      messageId,
      role: "assistant",
      ...at(record),
      status: "running",
      ...model,
      chunks: [chunk],
    });
    return;
  }
  const last = message.chunks.at(-1);
  const joins = continues && last && "text" in last && "text" in chunk && last.type === chunk.type;
  const chunks = joins
    ? [...message.chunks.slice(0, -1), { ...last, ...chunk, text: last.text + chunk.text }]
    : [...message.chunks, chunk];
  view.messages[index] = { ...message, chunks };
}

function addResult(view: View, record: RecordOf<"tool-result">): void {
  const stepId = record.stepId ?? "";
  const { callId, name, output, isError, truncated, outcome, durationMs } = record;
  const toShow = view.providerData ? {} : { durationMs };
  const chunk: Chunk = { type: "tool-result", callId, name, output, isError, truncated, outcome, ...toShow };
  const messageId = toolMessageId(stepId);
  const index = indexOf(view, messageId, record.turnId);
  const message = view.messages[index];
  if (!message) {
    view.messages.push({ messageId, role: "tool", ...at(record), status: "running", chunks: [chunk] });
    return;
  }
  const calls = view.messages[indexOf(view, assistantMessageId(stepId), record.turnId)]?.chunks ?? [];
  const order = new Map(
    calls.flatMap((call, place) => (call.type === "tool-call" ? [[call.callId, place] as const] : [])),
  );
  const place = (result: Chunk) =>
    result.type === "tool-result" ? (order.get(result.callId) ?? order.size) : 0;
  const chunks = [...message.chunks.filter((old) => !("callId" in old) || old.callId !== callId), chunk];
  view.messages[index] = { ...message, chunks: chunks.sort((a, b) => place(a) - place(b)) };
}

function completeStep(view: View, record: RecordOf<"step-complete">): void {
  for (const messageId of stepMessages(record.stepId ?? "")) {
    const index = indexOf(view, messageId, record.turnId);
    const message = view.messages[index];
    if (!message) continue;
    const usage = message.role === "assistant" && { usage: record.usage };
    view.messages[index] = { ...message, status: "complete", ...usage };
  }
}

function dropMessages(view: View, messageIds: readonly string[]): void {
  const gone = new Set(messageIds);
  view.messages = view.messages.filter((message) => !gone.has(message.messageId));
}

function settleTurn(view: View, turnId: string | undefined, reason: DoneReason): void {
  const status = reason === "completed" ? "complete" : reason === "error" ? "failed" : "aborted";
  for (let index = view.messages.length - 1; index >= 0; index--) {
    const message = view.messages[index];
    if (!message || (message.role !== "system" && message.turnId !== turnId)) break;
    if (message.status === "running") view.messages[index] = { ...message, status };
  }
}
