/** Who a process is beyond its number, which the system gives away again: start time, and the boot it belongs to. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

export interface ProcessIdentity {
  readonly pid: number;
  /** Differs between two processes of the same number; undefined when the system does not tell. */
  readonly startedAt?: string | undefined;
  readonly host: string;
  readonly bootId?: string | undefined;
}

const readOrNothing = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined; // not Linux, or the process is gone: the caller treats both
  }
};

/** Ticks since boot on Linux, a date elsewhere. Undefined when there is no such process; a zombie counts as gone. */
function startOf(pid: number): string | undefined {
  if (process.platform === "linux") {
    const stat = readOrNothing(`/proc/${pid}/stat`);
    // The name stands in parentheses and may hold anything; fields are counted from behind it: state is the 3rd, start the 22nd.
    const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields === undefined || fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  }
  try {
    const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
    return (
      execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", env }).trim() || undefined
    );
  } catch {
    return undefined; // ps fails for a process that is gone
  }
}

export function ownIdentity(): ProcessIdentity {
  return {
    pid: process.pid,
    startedAt: startOf(process.pid),
    host: hostname(),
    bootId: readOrNothing("/proc/sys/kernel/random/boot_id"),
  };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // somebody else's process
  }
}

/** Whether that very process still runs. One of another host cannot be asked, so it counts as running. */
export function isRunning(other: ProcessIdentity): boolean {
  const self = ownIdentity();
  if (other.host !== self.host) return true;
  if (other.bootId !== self.bootId) return false;
  const startedAt = startOf(other.pid);
  if (startedAt === undefined)
    return process.platform !== "linux" && other.startedAt === undefined && exists(other.pid);
  return other.startedAt === undefined || startedAt === other.startedAt;
}
