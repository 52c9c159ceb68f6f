/**
 * Our own lock on the data folder. Level's is an fcntl lock, which the system drops as soon as anything in this process
 * closes a second handle of its LOCK file; this one is a file that names its holder and lasts until it is released.
 */
import { randomUUID } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type DispatchError, dispatchError } from "@dispatch/wire";
import { isRunning, ownIdentity, type ProcessIdentity } from "./process-identity.ts";

export interface StoreLock {
  /** False when somebody else's lock stands there now. */
  held(): boolean;
  release(): void;
}

interface Holder extends ProcessIdentity {
  readonly program: string;
  /** ISO date. */
  readonly since: string;
}

/** Undefined for a text that is nobody's lock, as a power cut may leave: it is stale. */
function holderIn(text: string): Holder | undefined {
  try {
    const value: Partial<Holder> | null = JSON.parse(text);
    return Number.isInteger(value?.pid) && typeof value?.host === "string" ? (value as Holder) : undefined;
  } catch {
    return undefined;
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Creates `path` with its content in one step, so that nobody ever reads half a lock. */
function linkNew(temporary: string, path: string): boolean {
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
}

function writeSynced(path: string, text: string): void {
  const file = openSync(path, "wx", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function refusal(dataDir: string, path: string, text: string): DispatchError {
  const holder = holderIn(text);
  const who = holder ? `process ${holder.pid} (${holder.program}, since ${holder.since})` : "another process";
  const elsewhere = holder !== undefined && holder.host !== ownIdentity().host;
  return dispatchError(
    "store-locked",
    `${elsewhere ? `On host ${holder.host}, ${who}` : who} uses ${dataDir}.`,
    {
      ...(elsewhere && { fix: `Stop that process. If that host is gone for good, remove ${path}.` }),
    },
  );
}

const isStale = (text: string): boolean => {
  const holder = holderIn(text);
  return holder === undefined || !isRunning(holder);
};

/**
 * Puts our lock in the place of the stale one. Takeovers exclude each other by a second file, and the lock is read
 * again behind it: whoever judged a lock stale and then came late finds another one there, and leaves it alone.
 * @param temporary A file that holds our lock.
 * @param stale What was read at `path` and judged.
 */
export function takeOver(temporary: string, path: string, stale: string): boolean {
  const claim = `${path}.takeover`;
  if (!linkNew(temporary, claim)) {
    const other = contentOf(claim);
    if (other !== undefined && isStale(other) && contentOf(claim) === other) rmSync(claim, { force: true });
    return false;
  }
  try {
    if (contentOf(path) !== stale) return false;
    const copy = `${temporary}.2`; // renaming one link of a file onto another does nothing, so the claim keeps the first
    writeSynced(copy, readFileSync(temporary, "utf8"));
    renameSync(copy, path);
    return true;
  } finally {
    rmSync(claim, { force: true });
  }
}

/**
 * Takes the lock of `dataDir`, at once from a holder that is gone.
 * @throws `store-locked` naming the process that uses the folder.
 */
export async function acquireLock(dataDir: string, now: number): Promise<StoreLock> {
  const path = `${dataDir}/store.lock`;
  const token = randomUUID();
  const temporary = `${path}.${token}`;
  const holder = { ...ownIdentity(), program: "dispatch", since: new Date(now).toISOString(), token };
  const own = JSON.stringify(holder);
  writeSynced(temporary, own);
  try {
    for (let attempt = 0; attempt < 200; attempt += 1) {
      if (linkNew(temporary, path)) break;
      const found = contentOf(path);
      if (found === undefined) continue;
      if (!isStale(found)) throw refusal(dataDir, path, found);
      if (takeOver(temporary, path, found)) break;
      await sleep(10);
    }
    if (contentOf(path) !== own) throw refusal(dataDir, path, contentOf(path) ?? "");
  } finally {
    rmSync(temporary, { force: true });
  }
  const held = (): boolean => contentOf(path) === own;
  return {
    held,
    release() {
      if (held()) unlinkSync(path);
    },
  };
}
