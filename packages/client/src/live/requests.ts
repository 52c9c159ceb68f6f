/** Requests and their answers, by id. Those with a key outlive the connection: they are sent again until answered. */
import type { Problem } from "@dispatch/wire";
import { type ClientError, clientError, problemError } from "../client-error.ts";
import { connectionLost, type Frame, type Link } from "./links/link.ts";
import { createListeners } from "./listeners.ts";

export type Answer = Readonly<Record<string, unknown>>;

/** What was given to be sent and is not yet answered. Everything in it can be stored and handed to the next `createLive`. */
export interface PendingSend {
  /** Its idempotency key: the same input under it is taken once. */
  readonly key: string;
  readonly type: "chat.send" | "chat.queue";
  /** The fields of the frame, without `type`, `id` and the key. */
  readonly body: Readonly<Record<string, unknown>> & { readonly message: string };
  /** When it was given, Unix time in ms. */
  readonly since: number;
}

export interface Request {
  readonly type: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal | undefined;
  /** Kept over reconnects. */
  readonly send?: PendingSend | undefined;
  /** It was taken on before: it counts no more. */
  readonly restored?: boolean | undefined;
  /** Called with the answer before the next frame is looked at. */
  readonly onAnswer?: ((answer: Answer) => void) | undefined;
}

interface Waiting extends Request {
  readonly id: string;
  readonly repeats: boolean;
  sent: boolean;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

export interface Requests {
  /** Waits for the connection when there is none yet. Rejects with a `ClientError` or the signal's reason. */
  ask(request: Request): Promise<Answer>;
  unacknowledged(): readonly PendingSend[];
  onUnacknowledged(listener: (sends: readonly PendingSend[]) => void): () => void;
  /** Forgets one; true when it was there. The server may have it already. */
  discard(key: string): boolean;
  /** Sends what waits. */
  opened(link: Link, frameBytes: number): void;
  /** Fails what must not be sent twice. */
  lost(): void;
  /** True when it was one. */
  answered(frame: Frame): boolean;
  close(error: ClientError): void;
}

export function createRequests({ max }: { max: number }): Requests {
  const waiting = new Map<string, Waiting>();
  const listeners = createListeners<readonly PendingSend[]>();
  let link: Link | undefined;
  let frameBytes = 0;
  let count = 0;
  let over: ClientError | undefined;

  let left: readonly PendingSend[] = [];

  const unacknowledged = () =>
    over ? left : [...waiting.values()].flatMap(({ send }) => (send ? [send] : []));
  function settle(entry: Waiting): void {
    waiting.delete(entry.id);
    if (entry.send) tell();
  }
  const tell = () => listeners.tell(unacknowledged());

  function write(entry: Waiting): void {
    if (!link) return;
    const frame = { ...entry.fields, type: entry.type, id: entry.id };
    const text = JSON.stringify(frame);
    // The server would close the connection, and again with every repeat.
    if (text.length > frameBytes / 3 && new TextEncoder().encode(text).length > frameBytes) {
      settle(entry);
      entry.reject(
        clientError("payload-too-large", `A message of ${text.length} characters is too large to be sent.`),
      );
      return;
    }
    entry.sent = true;
    link.send(frame);
  }

  return {
    ask(request) {
      if (over) return Promise.reject(over);
      if (request.signal?.aborted) return Promise.reject(request.signal.reason);
      if (waiting.size >= max && !request.restored)
        return Promise.reject(
          clientError("too-many-pending", `${max} requests wait for their answers already.`, {
            details: { fix: "Wait until the server is reached again.", data: {} },
          }),
        );
      return new Promise((resolve, reject) => {
        const { signal } = request;
        count += 1;
        const entry: Waiting = {
          ...request,
          id: `c${count}`,
          repeats: "idempotencyKey" in request.fields,
          sent: false,
          resolve(answer) {
            signal?.removeEventListener("abort", abort);
            resolve(answer);
          },
          reject(error) {
            signal?.removeEventListener("abort", abort);
            reject(error);
          },
        };
        const abort = () => {
          settle(entry);
          entry.reject(signal?.reason);
        };
        signal?.addEventListener("abort", abort, { once: true });
        waiting.set(entry.id, entry);
        if (entry.send) tell();
        write(entry);
      });
    },
    unacknowledged,
    onUnacknowledged: (listener) => listeners.add(listener),
    discard(key) {
      const entry = [...waiting.values()].find(({ send }) => send?.key === key);
      if (!entry) return false;
      settle(entry);
      entry.reject(clientError("discarded", "The message was taken back before it was acknowledged."));
      return true;
    },
    opened(opened, bytes) {
      link = opened;
      frameBytes = bytes;
      for (const entry of [...waiting.values()]) if (!entry.sent || entry.repeats) write(entry);
    },
    lost() {
      link = undefined;
      for (const entry of [...waiting.values()]) {
        if (entry.repeats) continue;
        settle(entry);
        entry.reject(entry.sent ? connectionLost() : connectionLost("There is no connection to the server."));
      }
    },
    answered(frame) {
      const entry = frame.id === undefined ? undefined : waiting.get(frame.id);
      if (!entry || (frame.type !== "ok" && frame.type !== "error")) return false;
      if (frame.type === "ok") {
        const { type: _type, id: _id, ...answer } = frame;
        settle(entry);
        entry.onAnswer?.(answer);
        entry.resolve(answer);
        return true;
      }
      const error = problemError(frame.error as Problem);
      if (entry.repeats && isPassing(error.code)) return true; // sent again over the next connection
      settle(entry);
      entry.reject(error);
      return true;
    },
    close(error) {
      left = unacknowledged(); // whoever stored them finds them there still
      over = error;
      link = undefined;
      listeners.clear();
      for (const entry of waiting.values()) entry.reject(error);
      waiting.clear();
    },
  };
}

const isPassing = (code: string) => ["shutting-down", "starting", "connection-lost"].includes(code);
