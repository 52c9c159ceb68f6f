/**
 * Puts a file into its place whole: readers and a power cut find the old content or the new one, never a part. The
 * bytes go into a new file beside it, which then takes its name; a link in that place is replaced, never followed.
 */
import { type BigIntStats, constants } from "node:fs";
import { type FileHandle, lstat, open, rename, unlink } from "node:fs/promises";
import { type Bounds, placeOf } from "./containment.ts";
import type { Locate } from "./locate.ts";
import { codeOf, explain, outside, Refusal } from "./refusal.ts";
import type { Target } from "./target.ts";

export interface Put {
  readonly bytes: Uint8Array;
  /** The file that is replaced: the new one gets its mode, and its owner where that is allowed. */
  readonly present: BigIntStats | undefined;
  /** Refuse when `present` was changed meanwhile: the bytes were made from what was in it. */
  readonly unchanged: boolean;
  /** Name for the new file until it is in its place; nothing else has it. */
  readonly tempName: string;
  readonly bounds: Bounds;
  readonly locate: Locate;
  /** Looked at last before the file takes its place. */
  readonly signal: AbortSignal;
}

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;

/** Throws a Refusal, or the signal's reason; then the target is as it was. */
export async function putFile(target: Target, put: Put): Promise<void> {
  const { bytes, present, unchanged, tempName, signal } = put;
  const temp = target.at(tempName);
  let handle: FileHandle | undefined;
  let placed = false;
  try {
    // Private until it has the mode of what it replaces; a new one gets the usual mode at once.
    handle = await open(
      temp,
      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
      present === undefined ? 0o666 : 0o600,
    );
    await verifyInside(handle, temp, put, target.shown);
    if (present !== undefined) await likePresent(handle, present);
    await handle.writeFile(bytes);
    await handle.sync();
    signal.throwIfAborted();
    if (unchanged && !(await isStill(target, present))) {
      throw new Refusal(`"${target.shown}" was changed by somebody else just now; nothing was written.`);
    }
    await rename(temp, target.at(target.name));
    placed = true;
    await syncFolder(target.folder.handle);
  } catch (error) {
    if (handle !== undefined && !placed) await removeTemp(temp);
    throw explain(error, target.shown);
  } finally {
    await handle?.close();
  }
}

/** Where there is no path through the folder's handle, the new file itself is verified before anything is in it. */
async function verifyInside(
  handle: FileHandle,
  temp: string,
  { bounds, locate }: Put,
  shown: string,
): Promise<void> {
  const found = await locate(handle.fd, temp, await handle.stat({ bigint: true }));
  const place = found === undefined ? "outside" : placeOf(found, bounds.roots);
  if (place !== "inside") throw outside(shown, place, bounds.cwd);
}

/** Its name too outlasts a power cut, where the file system has a way to do that. */
async function syncFolder(handle: FileHandle): Promise<void> {
  await handle.sync().catch((error: unknown) => {
    if (codeOf(error) !== "EINVAL" && codeOf(error) !== "ENOTSUP") throw error;
  });
}

async function likePresent(handle: FileHandle, present: BigIntStats): Promise<void> {
  const { uid, gid } = await handle.stat({ bigint: true });
  if (uid !== present.uid || gid !== present.gid) {
    await handle.chown(Number(present.uid), Number(present.gid)).catch((error: unknown) => {
      if (codeOf(error) !== "EPERM") throw error; // then it belongs to the server's user from now on
    });
  }
  // Without setuid and setgid, as after an ordinary write.
  await handle.chmod(Number(present.mode & 0o777n));
}

async function isStill({ at, name }: Target, present: BigIntStats | undefined): Promise<boolean> {
  const now = await lstat(at(name), { bigint: true }).catch((error: unknown) => {
    if (codeOf(error) !== "ENOENT") throw error;
    return undefined;
  });
  if (now === undefined || present === undefined) return now === present;
  const same = (key: "dev" | "ino" | "size" | "mtimeNs" | "ctimeNs") => now[key] === present[key];
  return same("dev") && same("ino") && same("size") && same("mtimeNs") && same("ctimeNs");
}

async function removeTemp(temp: string): Promise<void> {
  await unlink(temp).catch((error: unknown) => {
    if (codeOf(error) === undefined) throw error; // what cannot be removed stays behind; the first error says why
  });
}
