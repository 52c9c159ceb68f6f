/** A server for fake sockets that tells a script, honours cursors as the real one does, and goes wrong when told to. */
import type { DispatchEvent } from "@dispatch/wire";
import { decodeCursor, isDelta } from "@dispatch/wire/shown";
import type { Frame } from "../links/link.ts";
import { createFakeSockets, type FakeSocket, type FakeSockets } from "./fake-sockets.ts";
import { snapshotOf, type Told } from "./script.ts";

/** What happens instead of the next frame's being told. */
export type Fault = "none" | "drop" | "double" | "replay" | "snapshot" | "cut" | "slow";

export interface ModelServer {
  readonly sockets: FakeSockets;
  /** The next so many events happen, and are told in one frame, or as the fault has it. */
  happen(count: number, fault: Fault): void;
  readonly isOver: boolean;
}

export function createModelServer(script: readonly Told[]): ModelServer {
  let happened = 0;
  /** Each socket's place in the script, once it follows. */
  const places = new Map<FakeSocket, number>();

  /** Index behind the events that a viewer with this cursor holds; undefined: it cannot be honoured. */
  function placeOf(after: unknown): number | undefined {
    if (after === "0") return 0;
    if (typeof after !== "string" || !decodeCursor(after)) return undefined;
    const index = script.findIndex(({ cursor }) => cursor === after);
    return index === -1 ? undefined : index + 1;
  }

  function subscribe(socket: FakeSocket, after: unknown, id?: string): void {
    const place = placeOf(after);
    const now = script.slice(0, happened);
    const snapshot = snapshotOf(now);
    const base = { type: "chat.subscribed", ...(id === undefined ? {} : { id }), conversationId: "c" };
    if (place === undefined) socket.give({ ...base, mode: "snapshot", cursor: snapshot.cursor, snapshot });
    else socket.give({ ...base, mode: "replay", cursor: after === "0" ? "e~0~0" : after });
    places.set(socket, place ?? happened);
    tell(socket);
  }

  function tell(socket: FakeSocket): void {
    const place = places.get(socket);
    if (place === undefined || place >= happened) return;
    places.set(socket, happened);
    give(socket, place, happened);
  }

  function give(socket: FakeSocket, from: number, to: number): void {
    const part = script.slice(from, to);
    if (part.length === 0 || socket.isClosed) return;
    const events = part.map(({ event }, index) => sealing(event, from + index));
    socket.give({ type: "chat.delta", conversationId: "c", cursor: part.at(-1)?.cursor, events });
  }

  /** A block that was told to its end is sealed by its length alone. */
  function sealing(event: DispatchEvent, index: number): DispatchEvent {
    if (isDelta(event) || event.type !== "text") return event;
    const { text, length, ...rest } = event;
    const before = script[index - 1]?.event;
    const held = before && isDelta(before) && before.block === event.block;
    return (held ? { ...rest, length } : { ...rest, text }) as DispatchEvent;
  }

  const sockets = createFakeSockets((socket: FakeSocket, frame: Frame) => {
    queueMicrotask(() => {
      if (socket.isClosed) return;
      if (frame.type === "chat.subscribe") subscribe(socket, frame.after, frame.id);
      else {
        if (frame.type === "chat.unsubscribe") places.delete(socket);
        socket.give({ type: "ok", id: frame.id });
      }
    });
  });

  return {
    sockets,
    happen(count, fault) {
      const before = happened;
      happened = Math.min(script.length, happened + count);
      for (const [socket, place] of [...places]) {
        if (socket.isClosed) continue;
        if (fault === "cut" || fault === "slow") {
          socket.drop(fault === "slow" ? 4000 : 1006);
          continue;
        }
        if (fault === "drop") {
          places.set(socket, happened);
          continue;
        }
        if (fault === "replay") give(socket, Math.max(0, before - 3), before);
        if (fault === "snapshot") {
          subscribe(socket, undefined);
          continue;
        }
        places.set(socket, place);
        tell(socket);
        if (fault === "double") give(socket, place, happened);
      }
    },
    get isOver() {
      return happened === script.length;
    },
  };
}
