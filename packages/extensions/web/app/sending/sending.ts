/** From what is written to what is sent: a new turn, or the queue of a running one; a refused text goes back to its draft. */
import type { Attachment, Effort } from "@dispatch/wire";
import { type ReadonlySignal, signal } from "@preact/signals";
import { type Drafts, filesIn } from "./drafts.ts";
import type { LocalStore } from "./local-store.ts";
import { codeOf, createOutbox, type OutboxOptions, type Outgoing } from "./outbox.ts";
import { randomId } from "./random-id.ts";

export type Deliver = "steer" | "followup" | "interrupt";

export interface Written {
  /** Absent: a new conversation. */
  readonly conversationId: string | undefined;
  readonly text: string;
  readonly attachments?: readonly Attachment[] | undefined;
  /** A turn runs: when it is to be delivered. Absent: it starts a turn. */
  readonly deliver?: Deliver | undefined;
  /** Of a new conversation. */
  readonly model?: string | undefined;
  readonly effort?: Effort | undefined;
  readonly cwd?: string | undefined;
}

export interface Sending {
  /** Gives the conversation's id, a new one for a new conversation. The draft is empty then. */
  send(written: Written): string;
  resume(): void;
  /** Counts up whenever a text went back to its draft. */
  readonly givenBack: ReadonlySignal<number>;
}

export interface SendingOptions extends Pick<OutboxOptions, "request" | "onChange" | "onAccepted"> {
  readonly store: LocalStore;
  readonly drafts: Drafts;
  /** Its text is in the draft again: of the conversation, or of a new one where this was to begin it. */
  readonly onRefused: (outgoing: Outgoing, error: unknown) => void;
}

export function createSending({ drafts, onRefused, ...options }: SendingOptions): Sending {
  const givenBack = signal(0);
  const put = (outgoing: Omit<Outgoing, "key" | "since">, key = randomId()) => {
    const fields = { ...outgoing.fields, clientMessageId: key };
    outbox.send({ ...outgoing, fields, key, since: Date.now() });
  };
  let waiting: readonly Outgoing[] = [];
  /** What is written before the beginning is acknowledged begins it as well, should that be refused: so it says the same. */
  const beginningOf = (id: string): Pick<Outgoing, "begins" | "fields"> | undefined => {
    const found = waiting.find(({ conversationId, begins }) => begins && conversationId === id);
    if (!found) return undefined;
    const { attachments: _attachments, clientMessageId: _id, ...fields } = found.fields;
    return { begins: true, fields };
  };
  const outbox = createOutbox({
    ...options,
    onChange(now) {
      waiting = now;
      options.onChange(now);
    },
    onRefused(outgoing: Outgoing, error) {
      const { key, type, conversationId, message, begins, fields } = outgoing;
      const { attachments } = fields;
      // A turn has begun since this was written, from another device or of itself. Another page of this browser may be told
      // the same of the same text: its key follows from the first.
      if (type === "chat.send" && codeOf(error) === "conversation-busy") {
        const files = attachments ? { attachments } : {};
        put({ type: "chat.queue", conversationId, message, fields: files }, `${key}-queued`);
        return;
      }
      drafts.giveBack(begins ? undefined : conversationId, message, filesIn(attachments));
      givenBack.value += 1;
      onRefused(outgoing, error);
    },
  });
  return {
    givenBack,
    resume: () => outbox.resume(),
    send({ conversationId, text, attachments, deliver, model, effort, cwd }) {
      const id = conversationId ?? randomId();
      const files = attachments?.length ? { attachments } : {};
      if (deliver)
        put({ type: "chat.queue", conversationId: id, message: text, fields: { deliver, ...files } });
      else {
        const own = { ...(model && { model }), ...(effort && { effort }), ...(cwd && { cwd }) };
        const begun = conversationId === undefined ? { begins: true as const, fields: own } : beginningOf(id);
        const fields = { ...(begun?.fields ?? own), ...files };
        put({ type: "chat.send", conversationId: id, message: text, ...begun, fields });
      }
      drafts.set(conversationId, "");
      drafts.attach(conversationId, []);
      return id;
    },
  };
}
