/** Does a process run? */
import { readFileSync } from "node:fs";

/** False for one that has ended and only waits to be noticed by its parent: in a container that may be for ever. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false; // EPERM: alive, and somebody else's
  }
  return !isZombie(pid);
}

/** Linux only; elsewhere no process is taken for one. */
function isZombie(pid: number): boolean {
  try {
    return /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false; // no such file: another system
  }
}
