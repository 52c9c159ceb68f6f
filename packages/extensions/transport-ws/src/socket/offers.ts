/** Offers: values of which only the latest counts, each under a key. What waits for a slow client is one per key. */
import type { Source, Writer } from "./writer.ts";

export interface Offers {
  /** `make` is called when it is sent. */
  offer(key: string, make: () => Buffer): void;
  withdraw(key: string): void;
}

export function createOffers(writer: Pick<Writer, "wake">): Offers {
  const waiting = new Map<string, () => Buffer>();
  const source: Source = (write) => {
    const [next] = waiting;
    if (!next) return;
    const [key, make] = next;
    waiting.delete(key);
    if (waiting.size > 0) writer.wake(source);
    write(make());
  };
  return {
    offer(key, make) {
      waiting.set(key, make);
      writer.wake(source);
    },
    withdraw: (key) => void waiting.delete(key),
  };
}
