/** The conversations that one socket follows: a viewer each, asked in turn with the others. */
import type { Dispose, Timers } from "@dispatch/kernel";
import type { Frame, Sessions, SubscribeOptions, Viewer } from "@dispatch/session-orchestrator/ports";
import { dispatchError, isDispatchError } from "@dispatch/wire";
import type { Source, Writer } from "../socket/writer.ts";
import { encodeDelta, encodeSubscribed } from "./encode.ts";

export interface SubscriptionsOptions {
  readonly sessions: Pick<Sessions, "subscribe">;
  readonly writer: Writer;
  readonly timers: Pick<Timers, "after">;
  readonly max: number;
  /** A conversation that was followed is there no more. */
  readonly onGone: (conversationId: string) => void;
  /** A viewer ended, or could not be had again: a new one is tried for. */
  readonly onFailed: (conversationId: string, error: unknown) => void;
}

export interface Subscriptions {
  subscribe(conversationId: string, options: { after?: string | undefined; id?: string }): Promise<void>;
  follow(conversationId: string, after: string): Promise<void>;
  unsubscribe(conversationId: string): Promise<void>;
  assertRoomFor(conversationId: string | undefined): void;
  has(conversationId: string): boolean;
  /** Ends one at once; true when it was there. */
  end(conversationId: string): boolean;
  close(): void;
}

interface Subscription {
  readonly conversationId: string;
  readonly source: Source;
  viewer: Viewer | undefined;
  /** Attempts since it last gave a frame. */
  failures: number;
  cancelRetry: Dispose | undefined;
}

const firstRetryMs = 100;
const longestRetryMs = 5_000;

export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const { sessions, writer, timers, max } = options;
  const current = new Map<string, Subscription>();
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();

  /** One at a time, in order, and when the client can take what comes of it: a snapshot may be large. */
  function inTurn(job: () => Promise<void> | void): Promise<void> {
    const done = last.then(async () => {
      await writer.room();
      if (!closed) await job();
    });
    last = done.catch(() => undefined); // its caller hears of it
    return done;
  }

  const isCurrent = (each: Subscription) => current.get(each.conversationId) === each;

  function add(conversationId: string): Subscription {
    const subscription: Subscription = {
      conversationId,
      source: (write) => give(subscription, write),
      viewer: undefined,
      failures: 0,
      cancelRetry: undefined,
    };
    current.set(conversationId, subscription);
    return subscription;
  }

  function end(conversationId: string): boolean {
    const known = current.get(conversationId);
    if (!known) return false;
    current.delete(conversationId);
    writer.forget(known.source);
    known.cancelRetry?.();
    known.viewer?.close();
    return true;
  }

  async function open(
    conversationId: string,
    from: SubscribeOptions,
    id?: string,
    failures = 0,
  ): Promise<void> {
    const viewer = await sessions.subscribe(conversationId, from);
    if (closed) {
      viewer.close();
      return;
    }
    // In one tick: no frame of the place before comes after this one.
    end(conversationId);
    const subscription = add(conversationId);
    Object.assign(subscription, { viewer, failures });
    writer.send(encodeSubscribed(viewer, id));
    watch(subscription, viewer);
  }

  function watch(subscription: Subscription, viewer: Viewer): void {
    viewer.whenReady((more) => {
      if (!isCurrent(subscription)) return;
      if (more) writer.wake(subscription.source);
      else retry(subscription, undefined);
    });
  }

  function give(subscription: Subscription, write: (frame: Buffer) => void): void | Promise<void> {
    const { viewer } = subscription;
    if (!viewer) return;
    try {
      const frame = viewer.take();
      if (frame) put(subscription, viewer, frame, write);
      else return giveLater(subscription, viewer, write);
    } catch (error) {
      retry(subscription, error);
    }
  }

  function put(
    subscription: Subscription,
    viewer: Viewer,
    frame: Frame,
    write: (frame: Buffer) => void,
  ): void {
    subscription.failures = 0;
    write(encodeDelta(frame));
    watch(subscription, viewer);
  }

  /** What is behind the tail is read first. */
  async function giveLater(
    subscription: Subscription,
    viewer: Viewer,
    write: (frame: Buffer) => void,
  ): Promise<void> {
    let frame: Frame | undefined;
    let failed: unknown;
    try {
      frame = await viewer.next();
    } catch (error) {
      failed = error;
    }
    if (!isCurrent(subscription)) return;
    if (frame) put(subscription, viewer, frame, write);
    else retry(subscription, failed);
  }

  /** Its viewer has ended, by a delete of which we shall hear or by a failed store: what there is then comes as a snapshot. */
  function retry(subscription: Subscription, error: unknown): void {
    if (!isCurrent(subscription)) return;
    const { conversationId, viewer, failures } = subscription;
    if (error !== undefined) options.onFailed(conversationId, error);
    viewer?.close();
    subscription.viewer = undefined;
    subscription.failures += 1;
    const delayMs = Math.min(firstRetryMs * 2 ** failures, longestRetryMs);
    subscription.cancelRetry = timers.after(delayMs, () => inTurn(() => reopen(subscription)));
  }

  async function reopen(subscription: Subscription): Promise<void> {
    const { conversationId, failures } = subscription;
    if (!isCurrent(subscription)) return;
    try {
      await open(conversationId, {}, undefined, failures);
    } catch (error) {
      if (!isDispatchError(error) || error.code !== "conversation-not-found") retry(subscription, error);
      else if (isCurrent(subscription) && end(conversationId)) options.onGone(conversationId);
    }
  }

  function assertRoomFor(conversationId: string | undefined): void {
    if (conversationId !== undefined && current.has(conversationId)) return;
    if (current.size < max) return;
    const fix = "Unsubscribe from one, or open another socket.";
    throw dispatchError("too-many-requests", `One socket follows at most ${max} conversations.`, { fix });
  }

  return {
    subscribe: (conversationId, { after, id }) =>
      inTurn(() => {
        assertRoomFor(conversationId);
        return open(conversationId, { after }, id);
      }),
    follow: (conversationId, after) =>
      inTurn(async () => {
        if (current.has(conversationId)) return;
        try {
          await open(conversationId, { after, unbounded: true });
        } catch (error) {
          retry(add(conversationId), error);
        }
      }),
    unsubscribe: (conversationId) => inTurn(() => void end(conversationId)),
    assertRoomFor,
    has: (conversationId) => current.has(conversationId),
    end,
    close() {
      closed = true;
      for (const conversationId of [...current.keys()]) end(conversationId);
    },
  };
}
