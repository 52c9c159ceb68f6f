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
  readonly onRefused: (error: unknown) => void;
}

export function createSending({ drafts, onRefused, ...options }: SendingOptions): Sending {
  const givenBack = signal(0);
  const put = (outgoing: Omit<Outgoing, "key" | "since">, key = randomId()) => {
    const fields = { ...outgoing.fields, clientMessageId: key };
    outbox.send({ ...outgoing, fields, key, since: Date.now() });
  };
  const outbox = createOutbox({
    ...options,
    onRefused({ key, type, conversationId, message, fields: { attachments } }: Outgoing, error) {
      // A turn has begun since this was written, from another device or of itself. Another page of this browser may be told
      // the same of the same text: its key follows from the first.
      if (type === "chat.send" && codeOf(error) === "conversation-busy") {
        const fields = attachments ? { attachments } : {};
        put({ type: "chat.queue", conversationId, message, fields }, `${key}-queued`);
        return;
      }
      drafts.giveBack(conversationId, message, filesIn(attachments));
      givenBack.value += 1;
      onRefused(error);
    },
  });
  return {
    givenBack,
    resume: () => outbox.resume(),
    send({ conversationId, text, attachments, deliver, model, effort }) {
      const id = conversationId ?? randomId();
      const files = attachments?.length ? { attachments } : {};
      if (deliver)
        put({ type: "chat.queue", conversationId: id, message: text, fields: { deliver, ...files } });
      else {
        const fields = { ...(model === undefined ? {} : { model }), ...(effort && { effort }), ...files };
        put({ type: "chat.send", conversationId: id, message: text, fields });
      }
      drafts.set(conversationId, "");
      drafts.attach(conversationId, []);
      return id;
    },
  };
}
