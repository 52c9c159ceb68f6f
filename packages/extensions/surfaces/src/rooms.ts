/** The rooms that are open, one for each surface and target somebody looks at, and who looks. */
import type { Timers } from "@dispatch/kernel";
import type { Broadcast, Connection, OutgoingFrame } from "@dispatch/transport-ws/ports";
import { type DispatchError, dispatchError, toProblem } from "@dispatch/wire";
import { type Catalogue, type Surface, targetOf } from "./catalogue.ts";
import type { Guard } from "./guard.ts";
import type { SurfaceTarget } from "./ports.ts";
import { createRoom, type Room, type Shown } from "./room.ts";

export interface RoomsOptions {
  readonly broadcast: Broadcast;
  readonly guard: Guard;
  readonly timers: Pick<Timers, "after">;
  readonly now: () => number;
  readonly refreshMs: number;
  readonly readMs: number;
}

export interface OpenRoom {
  readonly surface: string;
  readonly target: SurfaceTarget;
  readonly room: Room;
  readonly lookers: Set<Connection>;
  /** Those who read without looking on. While there are none of both it is closed. */
  guests: number;
  /** Why it is no more. */
  ended: DispatchError | undefined;
}

export interface Rooms {
  /** Enters the room of a surface, opening it when it is the first; to be left by `leave`. */
  enter(surface: Surface, target: SurfaceTarget): OpenRoom;
  leave(open: OpenRoom): void;
  look(open: OpenRoom, connection: Connection): void;
  /** True when it looked. No update comes any more. */
  lookAway(surface: string, target: SurfaceTarget, connection: Connection): boolean;
  /** The catalogue is another. */
  rebind(catalogue: Catalogue): void;
  endConversation(conversationId: string): void;
  close(): void;
  readonly size: number;
}

const keyOf = (surface: string, target: SurfaceTarget) => `surfaces ${surface} ${target ?? ""}`;

/** Fields of an update, or of an answer. */
export const fieldsOf = ({ surface, target }: OpenRoom, { revision }: Shown) => ({
  surface,
  ...(target === undefined ? {} : { conversationId: target }),
  revision,
});

export function createRooms(options: RoomsOptions): Rooms {
  const { broadcast } = options;
  const rooms = new Map<string, OpenRoom>();
  // Greater than any before, also after a restart of this extension or of the server.
  let last = options.now();
  const revision = () => ++last;

  function tell(open: OpenRoom, shown: Shown, ended?: true): void {
    const what = shown.state ? { state: shown.state } : { error: shown.error };
    const update = { ...fieldsOf(open, shown), ...what, ...(ended && { ended }) };
    const frame = (): OutgoingFrame => ({ type: "surface.update", ...update });
    broadcast.offer(keyOf(open.surface, open.target), frame, (connection) => open.lookers.has(connection));
  }

  function end(open: OpenRoom, error: DispatchError): void {
    open.ended = error;
    rooms.delete(keyOf(open.surface, open.target));
    open.room.close();
    tell(open, { revision: revision(), error: toProblem(error) }, true);
    open.lookers.clear();
  }

  function closeIfEmpty(open: OpenRoom): void {
    if (open.ended || open.guests > 0 || open.lookers.size > 0) return;
    rooms.delete(keyOf(open.surface, open.target));
    open.room.close();
  }

  function open(surface: Surface, target: SurfaceTarget): OpenRoom {
    const made: OpenRoom = {
      surface: surface.name,
      target,
      room: createRoom(surface, { ...options, target, revision, changed: (shown) => tell(made, shown) }),
      lookers: new Set(),
      guests: 0,
      ended: undefined,
    };
    rooms.set(keyOf(surface.name, target), made);
    return made;
  }

  return {
    enter(surface, target) {
      const found = rooms.get(keyOf(surface.name, target)) ?? open(surface, target);
      found.guests += 1;
      return found;
    },
    leave(open) {
      open.guests -= 1;
      closeIfEmpty(open);
    },
    look(open, connection) {
      connection.withdraw(keyOf(open.surface, open.target)); // older than what it is answered now
      open.lookers.add(connection);
    },
    lookAway(surface, target, connection) {
      const key = keyOf(surface, target);
      const open = rooms.get(key);
      if (!open?.lookers.delete(connection)) return false;
      connection.withdraw(key);
      closeIfEmpty(open);
      return true;
    },
    rebind(catalogue) {
      for (const open of rooms.values()) {
        const gone = dispatchError("surface-not-found", `The surface ${open.surface} is not there now.`);
        open.room.bind(suiting(catalogue.get(open.surface), open.target), gone);
      }
    },
    endConversation(conversationId) {
      const error = dispatchError("conversation-not-found", `${conversationId} was deleted.`);
      for (const open of [...rooms.values()]) if (open.target === conversationId) end(open, error);
    },
    close() {
      const error = dispatchError(
        "shutting-down",
        "Surfaces are stopped; subscribe again when they are back.",
      );
      for (const open of [...rooms.values()]) end(open, error);
    },
    get size() {
      return rooms.size;
    },
  };
}

/** Undefined when the surface is of another scope than it was. */
function suiting(surface: Surface | undefined, target: SurfaceTarget): Surface | undefined {
  if (!surface) return undefined;
  try {
    targetOf(surface, target);
    return surface;
  } catch {
    return undefined;
  }
}
