/**
 * Idempotency: a repeat of an operation under its key gets the first answer again. Scope is credential, operation, key;
 * the answer is stored in the batch of what it started, so a crash leaves both or neither.
 */
import { createHash } from "node:crypto";
import { canonical, dispatchError } from "@dispatch/wire";
import type { Core } from "./core.ts";
import type { IdempotencyRow } from "./ports/log.ts";
import type { CallContext } from "./ports/sessions.ts";

interface Remembered<T> {
  readonly body: string;
  readonly answer: T;
}

export interface Keyed {
  /** The row to store with what was started. */
  row(answer: unknown): IdempotencyRow;
  /** A text that is the same for every repeat: names made from it are too. */
  readonly seed: string;
}

export interface Idempotency {
  /** Runs `job` unless the key has an answer. `job` gets undefined when the caller gave no key. */
  once<T>(
    operation: string,
    body: unknown,
    call: CallContext,
    job: (keyed: Keyed | undefined) => Promise<T>,
  ): Promise<{ readonly answer: T; readonly repeated: boolean }>;
}

export function createIdempotency(core: Core): Idempotency {
  const running = new Map<string, Promise<unknown>>();
  return {
    async once(operation, body, call, job) {
      const { credential, idempotencyKey } = call;
      if (idempotencyKey === undefined) return { answer: await job(undefined), repeated: false };
      const key = JSON.stringify([credential, operation, idempotencyKey]);
      const hash = createHash("sha256").update(canonical(body)).digest("base64url");
      // One at a time per key: whoever comes second finds the first one's answer, or its failure and tries itself.
      for (let busy = running.get(key); busy; busy = running.get(key)) await busy.catch(() => undefined);
      const attempt = (async () => {
        const stored = await core.log.idempotent(key, core.now());
        if (stored !== undefined) {
          const { body: before, answer } = JSON.parse(stored) as Remembered<Awaited<ReturnType<typeof job>>>;
          if (before !== hash) {
            throw dispatchError(
              "idempotency-mismatch",
              `The key ${idempotencyKey} was used for another ${operation}.`,
            );
          }
          return { answer, repeated: true };
        }
        const row = (answer: unknown): IdempotencyRow => ({
          key,
          json: JSON.stringify({ body: hash, answer } satisfies Remembered<unknown>),
          expiresAt: core.now() + core.limits.idempotencyMs,
        });
        return { answer: await job({ row, seed: key }), repeated: false };
      })();
      running.set(key, attempt);
      try {
        return await attempt;
      } finally {
        running.delete(key);
      }
    },
  };
}
