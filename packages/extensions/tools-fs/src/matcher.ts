/**
 * Runs patterns that a model wrote in a thread of their own: a pattern can take for ever on the right text, and a
 * thread can be ended from outside while the server goes on.
 */
import { Worker } from "node:worker_threads";
import type { CompiledGlob } from "./glob.ts";
import { matcherProgram } from "./matcher-program.ts";

export interface LineHit {
  /** From 1. */
  readonly line: number;
  /** The line, or a window of it around the match. */
  readonly text: string;
  /** The line goes on before, or after, the window. */
  readonly before: boolean;
  readonly after: boolean;
}

export interface Matcher {
  /** For each path whether the glob takes it. */
  filter(paths: readonly string[]): Promise<readonly boolean[]>;
  /** Matching lines of each file, at most `room` in all. The bytes are handed over: they are empty here afterwards. */
  search(files: readonly Uint8Array<ArrayBuffer>[], room: number): Promise<readonly (readonly LineHit[])[]>;
  /** Ends the thread, whatever it does. */
  close(): Promise<void>;
}

export interface MatcherOptions {
  readonly glob?: CompiledGlob | undefined;
  readonly pattern?: Pick<RegExp, "source" | "flags"> | undefined;
  /** Longest text of a hit, in UTF-16 code units. */
  readonly maxText: number;
  /** Ends the thread when aborted; what is being waited for rejects with its reason. */
  readonly signal: AbortSignal;
}

/** One question at a time. */
export function startMatcher({ signal, glob, pattern, maxText }: MatcherOptions): Matcher {
  const worker = new Worker(matcherProgram, {
    eval: true,
    workerData: { glob, pattern: pattern && { source: pattern.source, flags: pattern.flags }, maxText },
    env: {}, // it needs none, and there are secrets in it
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  });
  // Heard at all times: an error nobody listens to would end the server.
  let failure: Error | undefined;
  worker.on("error", (error: Error) => {
    failure = error;
  });

  const ask = <T>(question: object, transfer: readonly ArrayBuffer[] = []): Promise<T> =>
    new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        worker.off("message", onMessage).off("error", onError).off("exit", onExit);
        signal.removeEventListener("abort", onAbort);
        act();
      };
      const onMessage = (reply: T) => settle(() => resolve(reply));
      const onError = (error: Error) => settle(() => reject(error));
      const onExit = () => settle(() => reject(new Error("The matcher's thread ended before it answered.")));
      const onAbort = () =>
        settle(() => {
          // Waiting for the end is close()'s part; here it is only begun.
          worker.terminate().catch(reject);
          reject(signal.reason);
        });
      if (signal.aborted) return onAbort();
      if (failure !== undefined) return reject(failure);
      worker.on("message", onMessage).on("error", onError).on("exit", onExit);
      signal.addEventListener("abort", onAbort);
      worker.postMessage(question, transfer);
    });

  return {
    filter: (paths) => ask({ paths }),
    search: (files, room) =>
      ask(
        { files, room },
        files.map((file) => file.buffer),
      ),
    close: async () => {
      await worker.terminate();
    },
  };
}
