/** A live connection to a server: conversations and their list as they change, sends that survive cuts, any operation by id. */
import type { Accepted, StopAnswer } from "@dispatch/wire";
import { type BackoffOptions, createBackoff } from "../backoff.ts";
import { type ClientError, clientError } from "../client-error.ts";
import { createHttp } from "../http.ts";
import { createConnection } from "./connection.ts";
import type { Live, LiveOptions } from "./contract.ts";
import { createFollows } from "./conversation/follows.ts";
import { watch } from "./conversation/watch.ts";
import type { Clock, Frame } from "./links/link.ts";
import type { WebSocketConstructor } from "./links/socket.ts";
import { createLists } from "./list.ts";
import { createListeners, type Listeners } from "./listeners.ts";
import { type Answer, createRequests, type PendingSend, type Request } from "./requests.ts";

const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * @example
 * const live = createLive({ url: "http://127.0.0.1:24203", token });
 * const { conversationId } = await live.send({ message: "Hello" });
 * live.watch(conversationId, { onChange: ({ view }) => draw(drawnMessages(view)) });
 */
export function createLive(options: LiveOptions): Live {
  const { firstMs, maxMs, random } = options;
  const newKey = options.newKey ?? (() => crypto.randomUUID());
  const clock: Clock = {
    now: options.now ?? systemClock.now,
    after: options.after ?? systemClock.after,
  };
  const backoff: BackoffOptions = {
    ...(firstMs === undefined ? {} : { firstMs }),
    ...(maxMs === undefined ? {} : { maxMs }),
    ...(random === undefined ? {} : { random }),
  };
  const listeners = new Map<string, Listeners<Frame>>();
  const requests = createRequests({ max: options.maxPending ?? 100 });
  const write = (frame: Frame): boolean => {
    connection?.link?.send(frame);
    return connection?.link !== undefined;
  };
  const follows = createFollows({ send: write, clock, newBackoff: () => createBackoff(backoff) });
  const lists = createLists({ send: write, clock });

  function take(frame: Frame): void {
    if (requests.answered(frame)) return;
    const taken = follows.take(frame);
    if (!taken) lists.take(frame);
    listeners.get(frame.type)?.tell(frame);
  }

  const global = (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket;
  let connection: ReturnType<typeof createConnection> | undefined;
  connection = createConnection(
    {
      url: options.url,
      token: options.token,
      WebSocket: options.WebSocket === undefined ? global : (options.WebSocket ?? undefined),
      http: createHttp(options),
      clock,
      backoff,
      openMs: options.openMs ?? 10_000,
      pingMs: options.pingMs ?? 15_000,
      pongMs: options.pongMs ?? 25_000,
      stableMs: options.stableMs ?? 10_000,
      upgradeMs: options.upgradeMs ?? 60_000,
      pollMs: options.pollMs ?? 5_000,
    },
    {
      opened(link, { frameBytes }) {
        follows.opened();
        lists.opened();
        requests.opened(link, frameBytes);
      },
      frame: take,
      lost() {
        follows.lost();
        lists.lost();
        requests.lost();
      },
    },
  );
  const line = connection;

  function ask(type: string, fields: object = {}, signal?: AbortSignal): Promise<Answer> {
    return requests.ask({ type, fields: { ...fields }, signal });
  }

  /** Under the key of `send`, from now until it is acknowledged. */
  function put(
    send: PendingSend,
    more: Pick<Request, "onAnswer" | "restored" | "signal"> = {},
  ): Promise<Answer> {
    const fields = { ...send.body, idempotencyKey: send.key };
    return requests.ask({ ...more, type: send.type, fields, send });
  }
  const pendingOf = (type: PendingSend["type"], body: object & { message: string }): PendingSend => ({
    key: newKey(),
    type,
    body: { ...body },
    since: clock.now(),
  });

  for (const send of options.pending ?? []) {
    put(send, { restored: true }).catch(() => undefined); // whoever stored it sees by `onUnacknowledged` that it is settled
  }

  return {
    get state() {
      return line.state;
    },
    onState: (listener) => line.onState(listener),
    retry: () => line.retry(),
    follow: (conversationId, { after, ...follower }) => follows.follow(conversationId, after, follower),
    watch: (conversationId, watching) => watch(follows, conversationId, watching),
    list: (listing) => lists.list(listing),
    send: async (body, { signal } = {}) =>
      (await put(pendingOf("chat.send", body), { signal })) as unknown as Accepted,
    async chat(body, follower, { signal } = {}) {
      const { conversationId } = body;
      let following = conversationId === undefined ? undefined : follows.join(conversationId, follower);
      try {
        const accepted = (await put(pendingOf("chat.send", body), {
          signal,
          onAnswer(answer) {
            const { conversationId: id, cursor } = answer as unknown as Accepted;
            following ??= follows.adopt(id, cursor, follower);
          },
        })) as unknown as Accepted;
        const own = following;
        return {
          ...accepted,
          close: () => own?.close(),
          get cursor() {
            return own?.cursor ?? accepted.cursor;
          },
        };
      } catch (error) {
        following?.close();
        throw error;
      }
    },
    queue: (body, { signal } = {}) => put(pendingOf("chat.queue", body), { signal }),
    cancel: (conversationId, messageId) => ask("chat.queue.cancel", { conversationId, messageId }),
    stop: async (conversationId, turnId) =>
      (await ask("chat.stop", {
        conversationId,
        ...(turnId === undefined ? {} : { turnId }),
      })) as unknown as StopAnswer,
    async resolveApproval(approvalId, decision) {
      await ask("approval.resolve", { approvalId, decision });
    },
    request: (type, fields, { signal } = {}) => ask(type, fields, signal),
    on(type, listener) {
      const all = listeners.get(type) ?? createListeners<Frame>();
      listeners.set(type, all);
      return all.add(listener);
    },
    unacknowledged: () => requests.unacknowledged(),
    onUnacknowledged: (listener) => requests.onUnacknowledged(listener),
    discard: (key) => requests.discard(key),
    close() {
      const error: ClientError = clientError("closed", "The live connection was closed.");
      line.close();
      follows.close(error);
      lists.close(error);
      requests.close(error);
      listeners.clear();
    },
  };
}
