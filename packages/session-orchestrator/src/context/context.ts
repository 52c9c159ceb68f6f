/**
 * Context: the fold from records to what the model is sent. Kept up record by record, so a turn's cost does not grow with
 * history; an unchanged message stays the same object, so its encoding for a provider can be cached by identity.
 */
import type { ModelMessage } from "@dispatch/kernel";
import { applyToMessages, createView, type LogRecord, type Message } from "@dispatch/wire";

export interface Context {
  /** Seq of the last record folded. */
  readonly seq: number;
  /** UTF-16 code units of all records folded: about what it holds in memory. */
  readonly size: number;
  apply(record: LogRecord, size: number): void;
  /** A fresh array of stable messages, valid for a provider: calls are followed by their results. */
  messages(): ModelMessage[];
  /** Of each message behind a summary: the seq of its first record, oldest first. */
  kept(): readonly { readonly seq: number; readonly message: ModelMessage }[];
}

/**
 * `start` is the seq before the first record folded: that of a reset or before a compaction's `keepFrom`. `inForce` tells
 * whether a compaction counts: those undone or overtaken since do not.
 */
export function createContext(start: number, inForce: (seq: number) => boolean = () => true): Context {
  const view = createView({ seq: start, providerData: true });
  const sources: Message[] = [];
  const models: ModelMessage[] = [];
  let summary: { readonly message: ModelMessage; readonly keepFrom: number } | undefined;
  let size = 0;

  /** Changes are at the end: walk back until an unchanged message is met. */
  function sync(): void {
    sources.length = Math.min(sources.length, view.messages.length);
    models.length = sources.length;
    for (let index = view.messages.length - 1; index >= 0; index--) {
      const message = view.messages[index];
      if (!message || sources[index] === message) break;
      sources[index] = message;
      models[index] = { messageId: message.messageId, role: message.role, chunks: message.chunks };
    }
  }

  return {
    get seq() {
      return view.seq;
    },
    get size() {
      return size;
    },
    apply(record, recordSize) {
      size += recordSize;
      if (record.type === "compacted") {
        if (!inForce(record.seq)) {
          view.seq = record.seq;
          return;
        }
        summary = { message: summaryMessage(record.seq, record.summary), keepFrom: record.keepFrom };
        view.messages = view.messages.filter((message) => message.seq >= record.keepFrom);
      } else if (record.type === "reset") {
        summary = undefined;
        view.messages = [];
      } else {
        applyToMessages(view, record);
      }
      view.seq = record.seq;
      sync();
    },
    kept: () => models.map((message, index) => ({ seq: sources[index]?.seq ?? 0, message })),
    messages: () => (summary ? [summary.message, ...models] : [...models]),
  };
}

const summaryMessage = (seq: number, text: string): ModelMessage => ({
  messageId: `compacted-${seq}`,
  role: "system",
  chunks: [{ type: "text", text: `Summary of the conversation so far:\n\n${text}` }],
});
