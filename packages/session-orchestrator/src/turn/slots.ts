/** Slots: how many turns run at once, in all and per credential. Others wait in order, and can be stopped while they do. */

export interface Slots {
  /** Resolves with the way to give it back. Rejects with the signal's reason when aborted first. `waits` is called when it must wait. */
  take(credential: string, signal: AbortSignal, waits: () => void): Promise<() => void>;
}

interface Waiting {
  readonly credential: string;
  start(): void;
}

/** 0 = no limit. One credential that is full does not hold up the others. */
export function createSlots(limits: { readonly total: number; readonly perCredential: number }): Slots {
  const running = new Map<string, number>();
  const waiting: Waiting[] = [];
  let total = 0;

  const hasRoom = (credential: string): boolean =>
    (limits.total === 0 || total < limits.total) &&
    (limits.perCredential === 0 || (running.get(credential) ?? 0) < limits.perCredential);

  function begin(credential: string): () => void {
    total++;
    running.set(credential, (running.get(credential) ?? 0) + 1);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      total--;
      const left = (running.get(credential) ?? 1) - 1;
      if (left === 0) running.delete(credential);
      else running.set(credential, left);
      const next = waiting.findIndex((each) => hasRoom(each.credential));
      if (next >= 0) waiting.splice(next, 1)[0]?.start();
    };
  }

  return {
    async take(credential, signal, waits) {
      signal.throwIfAborted();
      if (hasRoom(credential) && !waiting.some((each) => each.credential === credential))
        return begin(credential);
      waits();
      return new Promise((resolve, reject) => {
        const entry: Waiting = {
          credential,
          start() {
            signal.removeEventListener("abort", leave);
            resolve(begin(credential));
          },
        };
        const leave = (): void => {
          waiting.splice(waiting.indexOf(entry), 1);
          reject(signal.reason);
        };
        waiting.push(entry);
        signal.addEventListener("abort", leave, { once: true });
      });
    },
  };
}
