/** Which sockets look at which rooms: begun once, over when unsubscribed, also while it is still being begun, or closed. */
import type { Connection } from "@dispatch/transport-ws/ports";
import { dispatchError } from "@dispatch/wire";
import type { OpenRoom, Rooms } from "./rooms.ts";

export interface Looking {
  /** `enter` calls `admit` with the room in the tick of its answer. Throws `too-many-requests`. */
  begin(
    connection: Connection,
    surface: string,
    conversationId: string | undefined,
    enter: (admit: (open: OpenRoom) => void) => Promise<void>,
  ): Promise<void>;
  end(connection: Connection, surface: string, conversationId: string | undefined): void;
}

interface Looker {
  /** Rooms it looks at, or is about to. */
  readonly open: Set<OpenRoom>;
  readonly pending: Set<Pending>;
}
interface Pending {
  readonly key: string;
  cancelled: boolean;
}

export interface LookingOptions {
  readonly rooms: Rooms;
  /** Rooms of one socket. */
  readonly max: number;
  /** Aborted when all of this is over. */
  readonly signal: AbortSignal;
}

export function createLooking({ rooms, max, signal }: LookingOptions): Looking {
  const lookers = new Map<Connection, Looker>();
  const keyOf = (surface: string, conversationId: string | undefined) => `${surface} ${conversationId ?? ""}`;

  function lookerOf(connection: Connection): Looker {
    const known = lookers.get(connection);
    if (known) return known;
    const looker: Looker = { open: new Set(), pending: new Set() };
    if (connection.signal.aborted) return looker;
    lookers.set(connection, looker);
    const gone = () => {
      lookers.delete(connection);
      for (const each of looker.pending) each.cancelled = true;
      for (const { surface, target } of looker.open) rooms.lookAway(surface, target, connection);
    };
    connection.signal.addEventListener("abort", gone, { once: true, signal });
    return looker;
  }

  return {
    async begin(connection, surface, conversationId, enter) {
      const looker = lookerOf(connection);
      for (const each of looker.open) if (each.ended) looker.open.delete(each);
      const key = keyOf(surface, conversationId);
      const held = [...looker.open].some((each) => keyOf(each.surface, each.target) === key);
      if (!held && looker.open.size + looker.pending.size >= max) {
        const fix = "Unsubscribe from one, or open another socket.";
        throw dispatchError("too-many-requests", `One socket follows at most ${max} surfaces.`, { fix });
      }
      const pending: Pending = { key, cancelled: connection.signal.aborted };
      looker.pending.add(pending);
      try {
        await enter((open) => {
          if (pending.cancelled) return;
          rooms.look(open, connection);
          looker.open.add(open);
        });
      } finally {
        looker.pending.delete(pending);
      }
    },
    end(connection, surface, conversationId) {
      const looker = lookers.get(connection);
      if (!looker) return;
      const key = keyOf(surface, conversationId);
      for (const each of looker.pending) if (each.key === key) each.cancelled = true;
      for (const each of looker.open) {
        if (keyOf(each.surface, each.target) !== key) continue;
        looker.open.delete(each);
        rooms.lookAway(surface, each.target, connection);
      }
    },
  };
}
