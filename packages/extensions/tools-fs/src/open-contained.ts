/**
 * Opens files and folders that lie inside the bounds: opened first, then what was opened is verified. A path that was
 * checked before says nothing: links can be swapped in between.
 */
import { type BigIntStats, constants } from "node:fs";
import { type FileHandle, lstat, open } from "node:fs/promises";
import { type Bounds, placeOf, shownPath } from "./containment.ts";
import { type Locate, locateHere } from "./locate.ts";
import { explain, outside, Refusal } from "./refusal.ts";

export interface Opened {
  readonly handle: FileHandle;
  /** Real absolute path. */
  readonly real: string;
  /** As told to the model. */
  readonly shown: string;
  /** Bytes, when it was opened. */
  readonly size: number;
}

/**
 * Opens a regular file for reading. `real` comes from `resolveInside` or from a listing; a link in its last place is
 * not followed. `by`: another path to it, through the handle of its folder. Throws a Refusal; the caller closes the handle.
 */
export async function openFile(
  real: string,
  bounds: Bounds,
  locate: Locate = locateHere,
  by = real,
): Promise<Opened> {
  const shown = shownPath(real, bounds);
  try {
    // Looked at before: merely opening a device or a pipe can have effects.
    const before = await lstat(by, { bigint: true });
    if (!before.isFile()) throw new Refusal(notAFile(before, shown));
  } catch (error) {
    throw explain(error, shown);
  }
  return openVerified(real, by, fileFlags, bounds, locate, (stats) => {
    if (!stats.isFile()) throw new Refusal(notAFile(stats, shown));
    if (stats.nlink > 1n && !bounds.hardLinks) throw new Refusal(manyLinks(shown));
  });
}

/** Opens a folder to read its entries. As `openFile`. */
export async function openFolder(
  real: string,
  bounds: Bounds,
  locate: Locate = locateHere,
  by = real,
): Promise<Opened> {
  return openVerified(real, by, folderFlags, bounds, locate, (stats) => {
    if (!stats.isDirectory()) throw new Refusal(`"${shownPath(real, bounds)}" is not a folder.`);
  });
}

// Not there on Windows, where no link or pipe has the same name as a file a moment ago by an unprivileged hand.
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_NOCTTY = 0, O_DIRECTORY = 0 } = constants;
// Non-blocking: a pipe put in the file's place would otherwise hold a thread until somebody writes into it.
const fileFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
const folderFlags = O_RDONLY | O_NOFOLLOW | O_DIRECTORY;

async function openVerified(
  real: string,
  by: string,
  flags: number,
  bounds: Bounds,
  locate: Locate,
  check: (stats: BigIntStats) => void,
): Promise<Opened> {
  const shown = shownPath(real, bounds);
  let handle: FileHandle | undefined;
  try {
    handle = await open(by, flags);
    const stats = await handle.stat({ bigint: true });
    check(stats);
    const found = await locate(handle.fd, by, stats);
    const place = found === undefined ? "outside" : placeOf(found, bounds.roots);
    if (place !== "inside") throw outside(shown, place, bounds.cwd);
    return { handle, real, shown, size: Number(stats.size) };
  } catch (error) {
    await handle?.close();
    throw explain(error, shown);
  }
}

const manyLinks = (shown: string): string =>
  `"${shown}" has further hard links, which may lie outside the working directory: it is not opened. ` +
  "The user can allow such files with the setting `hardLinks` of tools-fs.";

/** Why a path that is there cannot be read, or written, as a file. */
export function notAFile(stats: BigIntStats, shown: string, use: "read" | "written" = "read"): string {
  if (stats.isDirectory()) return `"${shown}" is a folder, not a file: use list_files to see what is in it.`;
  const kind = stats.isFIFO()
    ? "a named pipe"
    : stats.isSocket()
      ? "a socket"
      : stats.isSymbolicLink()
        ? "a symbolic link"
        : "a device";
  return `"${shown}" is ${kind}, not a regular file: it cannot be ${use}.`;
}
