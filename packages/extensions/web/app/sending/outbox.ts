/**
 * What was sent and is not acknowledged: kept in the browser under its idempotency key until the server has said what became
 * of it. A page that is loaded again sends it again under the same key, so it is neither lost nor doubled.
 */
import type { LocalStore } from "./local-store.ts";

export interface Outgoing {
  readonly key: string;
  readonly type: "chat.send" | "chat.queue";
  readonly conversationId: string;
  readonly message: string;
  /** There is no such conversation yet: this makes it. */
  readonly begins?: true;
  /** Further fields of the frame. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Unix ms. */
  readonly since: number;
}

export interface OutboxOptions {
  readonly store: LocalStore;
  /** Rejects when the server refuses it, and with `closed` when nobody can say. */
  readonly request: (
    type: string,
    fields: Readonly<Record<string, unknown>>,
  ) => Promise<Readonly<Record<string, unknown>>>;
  readonly onChange: (waiting: readonly Outgoing[]) => void;
  /** The server refused it: its text belongs to the writer again. */
  readonly onRefused: (outgoing: Outgoing, error: unknown) => void;
  readonly onAccepted: (outgoing: Outgoing) => void;
}

export interface Outbox {
  /** Sends again what an earlier page left. */
  resume(): void;
  send(outgoing: Outgoing): void;
}

const folder = "outbox.";

export function createOutbox({ store, request, onChange, onRefused, onAccepted }: OutboxOptions): Outbox {
  const waiting = new Map<string, Outgoing>();
  const tell = () => onChange([...waiting.values()]);

  async function put(outgoing: Outgoing): Promise<void> {
    waiting.set(outgoing.key, outgoing);
    tell();
    const { key, type, conversationId, message, fields } = outgoing;
    try {
      await request(type, { ...fields, conversationId, message, idempotencyKey: key });
    } catch (error) {
      if (codeOf(error) === "closed") return; // stays kept, for the next connection
      settle(key);
      onRefused(outgoing, error);
      return;
    }
    settle(key);
    onAccepted(outgoing);
  }
  function settle(key: string): void {
    store.set(folder + key, undefined);
    waiting.delete(key);
    tell();
  }

  return {
    resume() {
      const kept = store.keys(folder).map((key) => store.get(key));
      for (const outgoing of kept.filter(isOutgoing).sort((a, b) => a.since - b.since))
        if (!waiting.has(outgoing.key)) void put(outgoing);
    },
    send(outgoing) {
      store.set(folder + outgoing.key, outgoing);
      void put(outgoing);
    },
  };
}

export const codeOf = (error: unknown): string | undefined =>
  typeof error === "object" && error !== null && "code" in error ? String(error.code) : undefined;

const isOutgoing = (value: unknown): value is Outgoing =>
  typeof value === "object" &&
  value !== null &&
  "key" in value &&
  "message" in value &&
  "conversationId" in value &&
  typeof value.message === "string";
