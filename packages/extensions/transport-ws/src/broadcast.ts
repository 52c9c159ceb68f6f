/** The service `broadcast`: frames of other extensions to all sockets, and word of each that opens. */
import type { Logger } from "@dispatch/kernel";
import { encodeOnce } from "./frames/encode-once.ts";
import type { Audience, Broadcast, Connection } from "./ports.ts";
import { type LiveConnection, offerKey } from "./socket/connection.ts";

export interface Reach {
  readonly service: Broadcast;
  /** Tells whoever watches. Never throws. */
  opened(connection: LiveConnection): void;
}

const readers: Audience = ({ caller }) => caller.scopes.has("read");

export function createBroadcast(all: () => Iterable<LiveConnection>, log: Pick<Logger, "error">): Reach {
  const watchers = new Set<(connection: Connection) => void>();
  return {
    service: {
      send(frame, to = readers) {
        const bytes = encodeOnce(() => frame);
        for (const connection of all()) if (to(connection)) connection.write(bytes());
      },
      offer(key, frame, to = readers) {
        const bytes = encodeOnce(frame);
        for (const connection of all()) if (to(connection)) connection.offers.offer(offerKey(key), bytes);
      },
      withdraw(key) {
        for (const { offers } of all()) offers.withdraw(offerKey(key));
      },
      watch(opened) {
        const watcher = (connection: Connection) => opened(connection);
        watchers.add(watcher);
        return () => void watchers.delete(watcher);
      },
    },
    opened(connection) {
      for (const watcher of [...watchers]) {
        try {
          watcher(connection);
        } catch (error) {
          log.error("a watcher of sockets failed", { error: String(error) });
        }
      }
    },
  };
}
