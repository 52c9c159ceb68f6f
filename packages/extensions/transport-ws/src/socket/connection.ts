/** One client: its frames in, answers and streams out, and the end of it. */
import type { Socket } from "node:net";
import type { Logger, Timers } from "@dispatch/kernel";
import type { Sessions } from "@dispatch/session-orchestrator/ports";
import type { Caller } from "@dispatch/transport-http/ports";
import { clientFrames, closeCodes, dispatchError, toProblem } from "@dispatch/wire";
import type { WebSocket } from "ws";
import { createSubscriptions, type Subscriptions } from "../chat/subscriptions.ts";
import { invalidFrame } from "../frames/field-errors.ts";
import { readFrame } from "../frames/read-frame.ts";
import { textFrame } from "../frames/text-frame.ts";
import { createListStream, type ListStream } from "../list/list-stream.ts";
import { answered, type Connection, type OpDefinition, type OutgoingFrame } from "../ports.ts";
import type { Settings } from "../settings.ts";
import { createInbox } from "./inbox.ts";
import { createOffers, type Offers } from "./offers.ts";
import { createWriter } from "./writer.ts";

export interface ConnectionOptions {
  readonly ws: WebSocket;
  /** Under the WebSocket. */
  readonly socket: Socket;
  readonly caller: Caller;
  readonly sessions: Sessions;
  readonly settings: Settings;
  readonly timers: Pick<Timers, "after">;
  readonly log: Logger;
  readonly now: () => number;
  /** The operation of a frame type. */
  readonly op: (type: string) => OpDefinition | undefined;
  /** A conversation that it followed is gone. */
  readonly onGone: (connection: LiveConnection, conversationId: string) => void;
}

export interface LiveConnection extends Connection {
  readonly chats: Subscriptions;
  readonly list: ListStream;
  readonly offers: Offers;
  /** As `send`, for what is a text frame already. */
  write(frame: Buffer): void;
  /** Pings it; ends it when it has not answered the last two. */
  beat(): void;
  close(code: number, reason: string): void;
  /** When the socket is closed and everything of it is undone. */
  readonly closed: Promise<void>;
}

/** What extensions offer stands apart from what we do. */
export const offerKey = (key: string): string => `offer ${key}`;

const windowMs = 60_000;
const mostUnanswered = 2;

export function createConnection(options: ConnectionOptions): LiveConnection {
  const { ws, socket, caller, sessions, settings, timers, log, now, op } = options;
  const over = new AbortController();
  let unanswered = 0;
  let bad = { count: 0, since: now() };

  const writer = createWriter({
    ws,
    socket,
    bufferBytes: settings.bufferBytes,
    stallMs: settings.stallMs,
    onStall: () => close(closeCodes.slowConsumer, "too slow; come back with the last cursor"),
    onError: (error) => log.error("a stream could not be written", { error: describe(error) }),
  });
  const offers = createOffers(writer);
  const list = createListStream(sessions, offers);
  const chats = createSubscriptions({
    sessions,
    writer,
    timers,
    max: settings.maxSubscriptions,
    onGone: (conversationId) => options.onGone(connection, conversationId),
    onFailed: (conversationId, error) =>
      log.warn("a conversation cannot be followed; trying again", { conversationId, error: describe(error) }),
  });
  const inbox = createInbox({
    maxOperations: settings.maxOperations,
    writer,
    serve,
    pause: () => ws.pause(),
    resume: () => ws.resume(),
  });

  const send = (frame: OutgoingFrame) => writer.send(JSON.stringify(frame));

  function close(code: number, reason: string): void {
    ws.resume(); // its answer to the close must be read
    ws.close(code, reason);
  }

  function refuse(id: string | undefined, error: unknown): void {
    send({ type: "error", ...(id === undefined ? {} : { id }), error: toProblem(error) });
  }

  /** Malformed frames are a client's mistake; many of them are no client of ours. */
  function refuseBad(id: string | undefined, error: unknown): void {
    refuse(id, error);
    if (now() - bad.since >= windowMs) bad = { count: 0, since: now() };
    bad.count += 1;
    if (bad.count > settings.badFramesPerMinute) close(closeCodes.policy, "too many malformed frames");
  }

  async function serve(text: string): Promise<void> {
    if (ws.readyState !== ws.OPEN) return;
    const read = readFrame(text);
    if (!read.ok) return refuseBad(read.id, read.error);
    const { type, id } = read;
    const known = op(type);
    if (!known) return refuse(id, unknownOperation(type));
    const parsed = known.schema.safeParse(read.frame);
    if (!parsed.success) return refuseBad(id, invalidFrame(parsed.error));
    try {
      if (!caller.scopes.has(known.scope))
        throw dispatchError("forbidden-scope", `${type} needs the scope ${known.scope}.`);
      const answer = await known.handle(parsed.data, connection);
      if (answer !== answered) send({ ...answer, type: "ok", id });
    } catch (error) {
      const { status, code } = toProblem(error);
      if (status >= 500 && code !== "shutting-down" && code !== "not-implemented")
        log.error("an operation failed", { operation: type, code, error: describe(error) });
      refuse(id, error);
    }
  }

  const connection: LiveConnection = {
    caller,
    signal: over.signal,
    chats,
    list,
    offers,
    call: (idempotencyKey) => ({
      credential: caller.credential,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    }),
    send,
    write: writer.write,
    offer: (key, frame) => offers.offer(offerKey(key), () => textFrame(JSON.stringify(frame()))),
    withdraw: (key) => offers.withdraw(offerKey(key)),
    subscribe: (conversationId, from = {}) => chats.subscribe(conversationId, from),
    follow: (conversationId, after) => chats.follow(conversationId, after),
    unsubscribe: (conversationId) => chats.unsubscribe(conversationId),
    assertRoomFor: (conversationId) => chats.assertRoomFor(conversationId),
    subscribeList: (id) => list.subscribe((page) => send({ ...page, type: "ok", id })),
    unsubscribeList: () => list.unsubscribe(),
    beat() {
      // Whoever takes what waits for it is alive; whoever does not is closed as too slow, also when nothing more is said
      // to it: waiting for room is what watches it. What we do not read we do not miss.
      if (writer.blocked) void writer.room();
      if (writer.blocked || inbox.paused || ws.readyState !== ws.OPEN) return;
      if (unanswered >= mostUnanswered) {
        ws.terminate();
        return;
      }
      unanswered += 1;
      ws.ping();
    },
    close,
    closed: new Promise((resolve) => {
      ws.once("close", () => {
        over.abort();
        list.unsubscribe();
        chats.close();
        writer.close();
        resolve();
      });
    }),
  };

  ws.on("error", (error) => log.debug("a socket failed", { error: error.message }));
  ws.on("pong", () => {
    unanswered = 0;
  });
  ws.on("message", (data, isBinary) => {
    unanswered = 0;
    if (ws.readyState !== ws.OPEN) return;
    if (isBinary) close(closeCodes.policy, "only text frames are read");
    else inbox.push(String(data));
  });
  send({
    type: "hello",
    protocol: { min: 1, max: 1 },
    server: { name: "dispatch", version: settings.version },
    scopes: [...caller.scopes],
    limits: {
      frameBytes: settings.frameBytes,
      subscriptions: settings.maxSubscriptions,
      operations: settings.maxOperations,
      pingMs: settings.pingMs,
      stallMs: settings.stallMs,
    },
  });
  return connection;
}

const unknownOperation = (type: string) =>
  Object.hasOwn(clientFrames, type)
    ? dispatchError("not-implemented", `No extension of this server serves ${type}.`)
    : dispatchError("bad-request", `There is no operation ${type.slice(0, 64)}.`);

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
