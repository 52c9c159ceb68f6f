/**
 * `@dispatch/transport-ws/ports`: the point `ops`, where any extension brings what its clients may ask over a socket, and the
 * service `broadcast`, by which it reaches the sockets that are open.
 */
import { type Dispose, definePoint, defineService } from "@dispatch/kernel";
import type { CallContext } from "@dispatch/session-orchestrator/ports";
import type { Caller, Scope } from "@dispatch/transport-http/ports";
import type * as z from "zod";

/** A frame for the client; sent as JSON. */
export type OutgoingFrame = { readonly type: string } & Readonly<Record<string, unknown>>;

/** One client's socket, as operations see it. */
export interface Connection {
  readonly caller: Caller;
  /** Aborted when the socket is closed. */
  readonly signal: AbortSignal;
  /** For calls of `sessions`. */
  call(idempotencyKey?: string): CallContext;
  /** Sends at once, whatever waits already: for answers, and for what is small and rare. Nothing when it is closed. */
  send(frame: OutgoingFrame): void;
  /**
   * Sends when the client can take it. An offer that still waits is replaced by the next one under its key: for values of
   * which the latest counts. `frame` is called when it is sent.
   */
  offer(key: string, frame: () => OutgoingFrame): void;
  /** Takes back an offer that still waits. */
  withdraw(key: string): void;
  /**
   * Follows a conversation from `after` (absent: a snapshot of now), and from there where it was followed before. The client
   * gets `chat.subscribed`, with `id` when given, then its frames. Rejects with what `sessions.subscribe` does, and with
   * `too-many-requests` when the socket follows too many.
   */
  subscribe(conversationId: string, options?: { after?: string | undefined; id?: string }): Promise<void>;
  /** Follows one it does not follow yet, from a place that is honoured however far back it is. Never rejects. */
  follow(conversationId: string, after: string): Promise<void>;
  unsubscribe(conversationId: string): Promise<void>;
  /** Throws `too-many-requests` when this conversation would be one too many. */
  assertRoomFor(conversationId: string | undefined): void;
  /** The list of conversations and then every change of it; the answer to `id` is sent by it. */
  subscribeList(id: string): Promise<void>;
  unsubscribeList(): void;
}

/** What an operation says when it has sent its one answer itself, through the connection. */
export const answered = "answered";

/** Fields of the `ok` answer, or nothing to add to it, or `answered`. */
export type OpAnswer = Readonly<Record<string, unknown>> | typeof answered | undefined;

/** An operation: what happens at frames of one type. What it throws is a `DispatchError`. */
export interface OpDefinition<Frame extends { readonly id: string } = { readonly id: string }> {
  /** Of the whole frame, `type` and `id` included; closed. */
  readonly schema: z.ZodType<Frame>;
  readonly scope: Scope;
  /** Frames are begun in their order; operations of one socket run beside each other. */
  handle(frame: Frame, connection: Connection): Promise<OpAnswer>;
}

/** Gives `handle` its types from the schema. */
export const defineOp = <Frame extends { readonly id: string }>(op: OpDefinition<Frame>): OpDefinition =>
  op as OpDefinition;

/** Operations by frame type. */
export const ops = definePoint<OpDefinition>()("transport-ws/ops");

/** Which sockets. Default: those whose credential has the scope `read`. */
export type Audience = (connection: Connection) => boolean;

/** All open sockets. A frame is encoded once for all of them. */
export interface Broadcast {
  /** As `Connection.send`, to each: for frames that are small and rare. */
  send(frame: OutgoingFrame, to?: Audience): void;
  /** As `Connection.offer`, to each, and in one namespace with it: begin `key` with the extension's id. */
  offer(key: string, frame: () => OutgoingFrame, to?: Audience): void;
  withdraw(key: string): void;
  /** Calls `opened` for every socket from now on, when its `hello` is sent. `connection.signal` tells its end. */
  watch(opened: (connection: Connection) => void): Dispose;
}

export const broadcast = defineService<Broadcast>()("transport-ws/broadcast");
