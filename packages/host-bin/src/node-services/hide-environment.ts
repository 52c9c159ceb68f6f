/**
 * Takes this process's environment out of /proc, where every program of the same user can read what it was started with: keys
 * given as variables among it. The variables themselves stay: they are moved to memory of this process first.
 */
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";

/** Larger ones are not what the kernel made. */
const mostBytes = 16 * 1024 * 1024;

/** Where the kernel put the environment, from a line of /proc/<pid>/stat; undefined when it does not tell. */
export function environmentPlace(
  stat: string,
): { readonly start: number; readonly length: number } | undefined {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // the name before may hold anything; it begins with field 3
  const [start, end] = [Number(fields[47]), Number(fields[48])];
  const length = end - start;
  const fits = Number.isSafeInteger(start) && start > 0 && length > 0 && length <= mostBytes;
  return fits ? { start, length } : undefined;
}

/**
 * True when nothing of it is left in /proc. False where there is no such place (not Linux), or it may not be written; then all
 * is as it was. `env` has to be `process.env`: assigning to it is what moves the values.
 */
export function hideEnvironment(env: Record<string, string | undefined>): boolean {
  if (process.platform !== "linux") return false;
  try {
    const place = environmentPlace(readFileSync("/proc/self/stat", "utf8"));
    if (!place) return false;
    const memory = openSync("/proc/self/mem", "r+");
    try {
      for (const [name, value] of Object.entries(env)) env[name] = value;
      writeSync(memory, Buffer.alloc(place.length), 0, place.length, place.start);
    } finally {
      closeSync(memory);
    }
    return readFileSync("/proc/self/environ").every((byte) => byte === 0);
  } catch {
    return false; // a kernel that forbids it: the environment stays where everybody's is
  }
}
