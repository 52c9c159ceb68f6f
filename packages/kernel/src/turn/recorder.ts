/** The queue in front of `sink.commit`: one commit at a time, in order; what waits meanwhile goes as one batch. */
import type { NewRecord } from "@dispatch/wire";
import type { TurnSink } from "../contracts/turn.ts";

export interface Recorder {
  /**
   * Queues records. Resolves when they are stored, or when they never will be because the sink failed: callers look at the
   * turn's stop afterwards. Records queued in the same tick are one batch.
   */
  commit(...records: readonly NewRecord[]): Promise<void>;
  /** Resolves when everything queued so far is stored. */
  flushed(): Promise<void>;
  /** Records that wait for the commit before theirs. */
  readonly backlog: number;
}

/** `onFailure` is called once; nothing is committed after it. */
export function createRecorder(sink: TurnSink, onFailure: (error: unknown) => void): Recorder {
  let waiting: { readonly records: NewRecord[]; readonly stored: Promise<void> } | undefined;
  let last = Promise.resolve();
  let failed = false;

  async function write(records: readonly NewRecord[]): Promise<void> {
    waiting = undefined;
    if (failed) return;
    try {
      await sink.commit(records);
    } catch (error) {
      failed = true;
      onFailure(error);
    }
  }

  return {
    commit(...records) {
      if (waiting === undefined) {
        const batch: NewRecord[] = [];
        last = last.then(() => write(batch));
        waiting = { records: batch, stored: last };
      }
      waiting.records.push(...records);
      return waiting.stored;
    },
    flushed: () => last,
    get backlog() {
      return waiting?.records.length ?? 0;
    },
  };
}
