/**
 * Repeats: an action under an idempotency key is carried out once. What was carried out is remembered on disk, after it was:
 * a crash in between leaves it to the action, which gets the key as well.
 */
import { createHash } from "node:crypto";
import type { Logger, Storage } from "@dispatch/kernel";
import type { CallContext } from "@dispatch/session-orchestrator/ports";
import { canonical, dispatchError } from "@dispatch/wire";
import * as z from "zod";

export interface Repeats {
  /** Runs `job` unless it was carried out under this key. Throws `idempotency-mismatch` for another body. */
  once(operation: string, body: unknown, call: CallContext, job: () => Promise<void>): Promise<void>;
  /** Forgets what is older than it is kept. */
  sweep(): Promise<void>;
}

export interface RepeatsOptions {
  readonly storage: Storage;
  readonly now: () => number;
  readonly keepMs: number;
  readonly log: Pick<Logger, "error">;
}

const prefix = "done/";
const remembered = z.object({ body: z.string(), until: z.number() });
const hash = (text: string) => createHash("sha256").update(text).digest("base64url");

export function createRepeats({ storage, now, keepMs, log }: RepeatsOptions): Repeats {
  const running = new Map<string, Promise<void>>();

  /** Undefined: nothing that counts is there. */
  async function find(key: string): Promise<z.infer<typeof remembered> | undefined> {
    const found = remembered.safeParse(await storage.get(key));
    return found.success && found.data.until > now() ? found.data : undefined;
  }

  async function attempt(
    key: string,
    body: string,
    mismatch: () => Error,
    job: () => Promise<void>,
  ): Promise<void> {
    const before = await find(key);
    if (before) {
      if (before.body !== body) throw mismatch();
      return;
    }
    await job();
    try {
      await storage.set(key, { body, until: now() + keepMs });
    } catch (error) {
      // It is done, and whoever asked is told so: nothing will be repeated.
      log.error("an action is not remembered", { error: String(error) });
    }
  }

  return {
    async once(operation, body, { credential, idempotencyKey }, job) {
      if (idempotencyKey === undefined) return job();
      const key = prefix + hash(JSON.stringify([credential, operation, idempotencyKey]));
      const mismatch = () =>
        dispatchError("idempotency-mismatch", `The key ${idempotencyKey} was used for another ${operation}.`);
      // One at a time per key: whoever comes second finds that it is done, or tries itself when it was not.
      for (let busy = running.get(key); busy; busy = running.get(key)) await busy.catch(() => undefined);
      const attempted = attempt(key, hash(canonical(body)), mismatch, job);
      running.set(key, attempted);
      try {
        await attempted;
      } finally {
        running.delete(key);
      }
    },
    async sweep() {
      for (const key of await storage.list(prefix)) if (!(await find(key))) await storage.delete(key);
    },
  };
}
