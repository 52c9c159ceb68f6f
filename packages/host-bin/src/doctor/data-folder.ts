/** The data folder: who may read it, who holds its store, how much room it has, how much the logs take. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { tilde } from "../paths.ts";
import { isAlive } from "../servers/is-alive.ts";
import { type Finding, type Patient, right, wrong } from "./check.ts";

/** Bytes: below this a busy server can fill the disk within a day. */
const leastFree = 200 * 1024 * 1024;
/** Bytes; the log turns over long before. */
const mostLogs = 100 * 1024 * 1024;

export function checkModes({ paths }: Patient): Finding[] {
  if (!existsSync(paths.dir)) return [right("data folder", `${tilde(paths.dir)} is made at the first start`)];
  if (process.platform === "win32") return [right("data folder", paths.dir)];
  const open = [paths.dir, paths.logs, paths.token, paths.serverFile, join(paths.dir, "store")]
    .filter((path) => existsSync(path) && (statSync(path).mode & 0o077) !== 0)
    .map(tilde);
  if (open.length === 0) return [right("data folder", `${tilde(paths.dir)}, private`)];
  const fix = `chmod -R go-rwx ${tilde(paths.dir)}`;
  return [wrong("data folder", `others may look into ${open.join(", ")}`, fix)];
}

/** Reads the lock of the embedded store; a store that keeps none is free. */
export function checkHolder({ paths, server }: Patient): Finding[] {
  const holder = holderOf(join(paths.dir, "store.lock"));
  if (holder === undefined) return [right("store", "free")];
  const { pid, host, bootId } = holder;
  if (server?.pid === pid) return [right("store", `held by the running server (pid ${pid})`)];
  const away = host !== hostname();
  if (!away && (bootId !== thisBoot() || !isAlive(pid)))
    return [right("store", `left by process ${pid}, which has ended; the next start repairs it`)];
  const where = away ? `process ${pid} on ${host}` : `process ${pid}`;
  const fix = `Stop it (\`kill ${pid}\`${away ? " there" : ""}), or use another --data-dir.`;
  return [wrong("store", `held by ${where}, which is no server that answers`, fix)];
}

export async function checkDisk({ paths }: Patient): Promise<Finding[]> {
  let at = paths.dir;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  const { bavail, bsize } = await statfs(at);
  const free = bavail * bsize;
  const message = `${megabytes(free)} free at ${tilde(at)}`;
  return [
    free >= leastFree ? right("disk", message) : wrong("disk", message, "Make room, or move --data-dir."),
  ];
}

export function checkLogs({ paths }: Patient): Finding[] {
  const names = existsSync(paths.logs) ? readdirSync(paths.logs) : [];
  const size = names.reduce((sum, name) => sum + statSync(join(paths.logs, name)).size, 0);
  const message = `${megabytes(size)} in ${tilde(paths.logs)}`;
  return [
    size <= mostLogs ? right("logs", message) : wrong("logs", message, `Delete what you do not need there.`),
  ];
}

interface Holder {
  readonly pid: number;
  readonly host?: unknown;
  readonly bootId?: unknown;
}

function holderOf(path: string): Holder | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const holder = JSON.parse(readFileSync(path, "utf8")) as Partial<Holder>;
    return typeof holder.pid === "number" ? (holder as Holder) : undefined;
  } catch {
    return undefined; // half a lock, as a power cut leaves one: nobody's
  }
}

/** Undefined where the system does not number its boots; so it is in the lock then. */
function thisBoot(): string | undefined {
  const path = "/proc/sys/kernel/random/boot_id";
  return existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
}

const megabytes = (bytes: number): string =>
  bytes < 10 * 1024 ** 3 ? `${Math.ceil(bytes / 1024 ** 2)} MB` : `${Math.floor(bytes / 1024 ** 3)} GB`;
