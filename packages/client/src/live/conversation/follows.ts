/** The conversations that are followed: one subscription each, however many look at it, and back at its place after every cut. */
import type { DispatchEvent, Problem, Snapshot } from "@dispatch/wire";
import type { Backoff } from "../../backoff.ts";
import { type ClientError, clientError, problemError } from "../../client-error.ts";
import type { Clock, Frame } from "../links/link.ts";
import { outside } from "../listeners.ts";
import { type Entry, earliest, type Follower, give } from "./entry.ts";
import { newPosition, positionIn, positionOf } from "./position.ts";

export interface Following {
  close(): void;
  /** Of the last item; hand it back as `after`. */
  readonly cursor: string | undefined;
}

export interface Follows {
  follow(conversationId: string, after: string | undefined, follower: Follower): Following;
  /** Follows what the server subscribes to by itself after a `chat.send`; `after`: in case that is cut before it begins. */
  adopt(conversationId: string, after: string, follower: Follower): Following;
  /** Joins those who follow it already, where they are. Undefined when nobody does. */
  join(conversationId: string, follower: Follower): Following | undefined;
  opened(): void;
  lost(): void;
  /** True when the frame was about a conversation's stream. */
  take(frame: Frame): boolean;
  close(error: ClientError): void;
}

interface Channel {
  readonly conversationId: string;
  readonly entries: Set<Entry>;
  /** Id of the subscription that is not answered yet. */
  asked: string | undefined;
  /** Since the last event that fitted. */
  gaps: number;
  readonly backoff: Backoff;
  undoRetry: (() => void) | undefined;
}

/** A server whose streams have holes over and over is not one that we can follow. */
const mostGaps = 5;

export interface FollowsOptions {
  /** Undefined while there is no connection. */
  readonly send: (frame: Frame) => boolean;
  readonly clock: Clock;
  readonly newBackoff: () => Backoff;
}

export function createFollows({ send, clock, newBackoff }: FollowsOptions): Follows {
  const channels = new Map<string, Channel>();
  let count = 0;

  function channelOf(conversationId: string): Channel {
    const known = channels.get(conversationId);
    if (known) return known;
    const entries = new Set<Entry>();
    const channel: Channel = {
      conversationId,
      entries,
      asked: undefined,
      gaps: 0,
      backoff: newBackoff(),
      undoRetry: undefined,
    };
    channels.set(conversationId, channel);
    return channel;
  }

  function add(channel: Channel, follower: Follower, place: Pick<Entry, "cursor" | "position">): Following {
    const entry: Entry = {
      onItems: (items) => channel.entries.has(entry) && outside(() => follower.onItems(items)),
      onEnd: (error) => outside(() => follower.onEnd(error)),
      broken: false,
      ...place,
    };
    channel.entries.add(entry);
    return {
      close() {
        if (!channel.entries.delete(entry) || channel.entries.size > 0) return;
        drop(channel);
        count += 1;
        send({ type: "chat.unsubscribe", id: `u${count}`, conversationId: channel.conversationId });
      },
      get cursor() {
        return entry.cursor;
      },
    };
  }

  function drop(channel: Channel): void {
    channel.undoRetry?.();
    if (channels.get(channel.conversationId) === channel) channels.delete(channel.conversationId);
  }

  function end(channel: Channel, error: ClientError): void {
    drop(channel);
    const entries = [...channel.entries];
    channel.entries.clear();
    for (const entry of entries) entry.onEnd(error);
  }

  /** From the place of whoever is furthest behind; from a snapshot when somebody has no place. */
  function subscribe(channel: Channel): void {
    channel.undoRetry?.();
    channel.undoRetry = undefined;
    count += 1;
    const id = `s${count}`;
    const after = channel.gaps > 1 ? undefined : earliest(channel.entries);
    const { conversationId } = channel;
    channel.asked = send({
      type: "chat.subscribe",
      id,
      conversationId,
      ...(after === undefined ? {} : { after }),
    })
      ? id
      : undefined;
  }

  function subscribed(channel: Channel, frame: Frame): void {
    const cursor = String(frame.cursor);
    const snapshot = frame.mode === "snapshot" ? snapshotOf(frame) : undefined;
    if (frame.id === channel.asked) channel.asked = undefined; // else the answer to what was asked last is still to come
    channel.backoff.reset();
    for (const entry of [...channel.entries]) {
      entry.broken = false;
      if (snapshot) {
        entry.position = positionIn(snapshot);
        entry.cursor = cursor;
        entry.onItems([{ cursor, snapshot }]);
      } else if (entry.position === undefined && entry.cursor !== undefined) {
        // Who has no cursor came after this was asked, and waits for a snapshot.
        entry.position = positionOf(cursor);
        entry.cursor = cursor;
      }
    }
  }

  function delta(channel: Channel, frame: Frame): void {
    const cursor = String(frame.cursor);
    const events = eventsOf(frame);
    let gap = false;
    for (const entry of [...channel.entries]) {
      const given = give(entry, cursor, events);
      if (given === "gap") gap = true;
      else if (given === "news") channel.gaps = 0;
    }
    if (!gap || channel.asked !== undefined) return;
    channel.gaps += 1;
    if (channel.gaps > mostGaps)
      end(channel, clientError("gap", "The server's stream has holes over and over."));
    else subscribe(channel);
  }

  function refused(channel: Channel, error: ClientError): void {
    channel.asked = undefined;
    const { retryAfterMs } = error.details;
    if ((error.status < 500 && retryAfterMs === undefined) || error.code === "not-implemented") {
      end(channel, error);
      return;
    }
    const delayMs = Math.max(channel.backoff.next(), retryAfterMs ?? 0);
    channel.undoRetry = clock.after(delayMs, () => subscribe(channel));
  }

  function follow(conversationId: string, after: string | undefined, follower: Follower): Following {
    const channel = channelOf(conversationId);
    const position = after === undefined ? undefined : positionOf(after);
    const following = add(channel, follower, { cursor: after, position });
    subscribe(channel);
    return following;
  }

  return {
    follow,
    adopt(conversationId, after, follower) {
      if (channels.has(conversationId)) return follow(conversationId, after, follower); // then the server does not
      return add(channelOf(conversationId), follower, { cursor: after, position: undefined });
    },
    join(conversationId, follower) {
      const channel = channels.get(conversationId);
      const [first] = channel?.entries ?? [];
      if (!channel || !first) return undefined;
      const { cursor, position } = first;
      return add(channel, follower, {
        cursor,
        position: position && {
          ...newPosition(position.seq, position.blocks),
          closed: new Set(position.closed),
        },
      });
    },
    opened() {
      for (const channel of [...channels.values()]) subscribe(channel);
    },
    lost() {
      for (const channel of channels.values()) {
        channel.undoRetry?.();
        channel.undoRetry = undefined;
        channel.asked = undefined;
      }
    },
    take(frame) {
      if (frame.type === "error") {
        const channel = [...channels.values()].find(({ asked }) => asked !== undefined && asked === frame.id);
        if (channel) refused(channel, problemError(frame.error as Problem));
        return channel !== undefined;
      }
      if (!/^chat\.(subscribed|delta)$|^conversation\.deleted$/.test(frame.type)) return false;
      const conversationId = String(frame.conversationId);
      const channel = channels.get(conversationId);
      if (frame.type === "conversation.deleted") {
        if (channel)
          end(
            channel,
            clientError("conversation-not-found", "The conversation was deleted.", { status: 404 }),
          );
        return false; // the list wants to hear of it too
      }
      if (!channel) {
        // After a `chat.send` that nobody follows: the server would go on sending it.
        if (frame.type === "chat.subscribed") {
          count += 1;
          send({ type: "chat.unsubscribe", id: `u${count}`, conversationId });
        }
      } else if (frame.type === "chat.subscribed") subscribed(channel, frame);
      else delta(channel, frame);
      return true;
    },
    close(error) {
      for (const channel of [...channels.values()]) end(channel, error);
    },
  };
}

/** Throws where they are none, also when nobody has a place yet to take them from. */
function eventsOf({ events }: Frame): readonly DispatchEvent[] {
  for (const event of events as readonly unknown[])
    if (typeof event !== "object" || event === null) throw new TypeError("an event is an object");
  return events as readonly DispatchEvent[];
}

function snapshotOf({ snapshot }: Frame): Snapshot {
  const { messages } = snapshot as Snapshot; // throws where there is none
  if (!Array.isArray(messages)) throw new TypeError("a snapshot has messages");
  return snapshot as Snapshot;
}
