/** What one boot remembers for the next: when the server crashed last, and that it did not but was stopped. */
import type { KeyValue } from "@dispatch/kernel";

const namespace = "session-orchestrator";

/** Before a stop that leaves turns to be resumed: the next boot does not take it for a crash. */
export async function noteSuspension(kv: KeyValue | undefined): Promise<void> {
  await kv?.set(namespace, "suspended", true);
}

/** Whether there is such a note; it is good for one boot. */
export const takeSuspension = async (kv: KeyValue | undefined): Promise<boolean> =>
  (await kv?.delete(namespace, "suspended")) === true;

/** Remembers this crash; true when the one before was less than `pauseMs` ago. */
export async function crashedTwice(kv: KeyValue | undefined, now: number, pauseMs: number): Promise<boolean> {
  if (!kv || pauseMs === 0) return false;
  const before = (await kv.get(namespace, "crash"))?.value;
  await kv.set(namespace, "crash", now);
  return typeof before === "number" && now - before < pauseMs;
}
