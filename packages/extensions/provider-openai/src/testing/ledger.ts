/** The server's memory of one run: requests, answers, refusals; and who waits for it to change. */
import type { LogLine, LogSink, ReceivedRequest, Refusal, SentReply } from "./records.ts";

/** The records of one server. */
export interface Ledger {
  readonly requests: ReceivedRequest[];
  readonly sent: SentReply[];
  readonly faults: Refusal[];
  readonly log: LogSink;
  /** Records refusals and logs them. */
  refuse(refusals: readonly Refusal[]): void;
  /** Lets everybody who waits look again. */
  changed(): void;
  /** Resolves as soon as `condition` holds. */
  until(condition: () => boolean): Promise<void>;
  /** Rejects those who still wait: nothing will change any more. */
  close(): void;
}

interface Waiter {
  readonly condition: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** An empty ledger; `sink` gets every log line. */
export function createLedger(sink: LogSink = () => {}): Ledger {
  const waiters = new Set<Waiter>();
  const faults: Refusal[] = [];
  const log = (line: LogLine): void => sink(line);

  return {
    requests: [],
    sent: [],
    faults,
    log,
    refuse(refusals) {
      faults.push(...refusals);
      log({ type: "refused", refusals, at: Date.now() });
    },
    changed() {
      for (const waiter of waiters) {
        if (!waiter.condition()) continue;
        waiters.delete(waiter);
        waiter.resolve();
      }
    },
    until(condition) {
      if (condition()) return Promise.resolve();
      return new Promise((resolve, reject) => {
        waiters.add({ condition, resolve, reject });
      });
    },
    close() {
      for (const { reject } of waiters)
        reject(new Error("The strict server was closed while a test waited for it."));
      waiters.clear();
    },
  };
}
