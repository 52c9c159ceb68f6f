/** Takes a client's frames in order, some at once, and reads no further while too many are under way or it reads no answers. */
import type { Writer } from "./writer.ts";

export interface InboxOptions {
  readonly maxOperations: number;
  readonly writer: Pick<Writer, "blocked" | "room">;
  /** Never rejects. */
  readonly serve: (text: string) => Promise<void>;
  readonly pause: () => void;
  readonly resume: () => void;
}

export interface Inbox {
  push(text: string): void;
  /** Reading waits. */
  readonly paused: boolean;
}

/** What waits here is at most what one read of the socket held. */
export function createInbox({ maxOperations, writer, serve, pause, resume }: InboxOptions): Inbox {
  const waiting: string[] = [];
  let active = 0;
  let paused = false;

  function advance(): void {
    while (active < maxOperations && !writer.blocked) {
      const text = waiting.shift();
      if (text === undefined) break;
      active += 1;
      void serve(text).finally(() => {
        active -= 1;
        advance();
      });
    }
    if (waiting.length > 0 && writer.blocked) void writer.room().then(advance);
    if (paused === waiting.length > 0) return;
    paused = !paused;
    if (paused) pause();
    else resume();
  }

  return {
    push(text) {
      waiting.push(text);
      advance();
    },
    get paused() {
      return paused;
    },
  };
}
