/** Calls into extensions: late and thrown is their fault alone; the log has what happened, the client a clean error. */
import type { Logger, Timers } from "@dispatch/kernel";
import { dispatchError, isDispatchError } from "@dispatch/wire";
import type { Surface } from "./catalogue.ts";

export interface Guard {
  /** Rejects with a `DispatchError`: what it threw when that was one, else `surface-failed`. */
  run<T>(surface: Surface, what: string, ms: number, job: () => Promise<T>): Promise<T>;
  /** Gives undefined when it throws. */
  sync<T>(surface: Surface, what: string, job: () => T): T | undefined;
}

export function createGuard({ log, timers }: { log: Logger; timers: Pick<Timers, "after"> }): Guard {
  /** The last thing said of each surface: one that fails at every read is said once. */
  const said = new Map<string, string>();

  function blame({ name, extensionId }: Surface, what: string, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const key = `${name} ${what}`;
    if (said.get(key) === text) return;
    said.set(key, text);
    log.error("a surface failed", { surface: name, by: extensionId, what, error: text });
  }

  return {
    async run(surface, what, ms, job) {
      let cancel = (): void => undefined;
      const late = new Promise<never>((_resolve, reject) => {
        cancel = timers.after(ms, () => reject(new Error(`it did not answer within ${ms} ms`)));
      });
      try {
        const value = await Promise.race([job(), late]);
        said.delete(`${surface.name} ${what}`);
        return value;
      } catch (error) {
        if (isDispatchError(error)) throw error;
        blame(surface, what, error);
        const detail = `The surface ${surface.name} of the extension ${surface.extensionId} failed: ${what}.`;
        throw dispatchError("surface-failed", detail, { cause: error });
      } finally {
        cancel();
      }
    },
    sync(surface, what, job) {
      try {
        return job();
      } catch (error) {
        blame(surface, what, error);
        return undefined;
      }
    },
  };
}
