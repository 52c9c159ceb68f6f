/**
 * Where a file is to be written: the folder is opened and verified, and everything after goes through its handle.
 * A folder that is swapped for a link meanwhile changes nothing: the handle stays where it was found.
 */
import { type BigIntStats, constants } from "node:fs";
import { access, lstat, mkdir, realpath } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { type Bounds, isInside, placeOf, resolveAsked, shownPath } from "./containment.ts";
import { handlePath, type Locate, locateByHandle } from "./locate.ts";
import { notAFile, type Opened, openFolder } from "./open-contained.ts";
import { codeOf, explain, outside, Refusal } from "./refusal.ts";

/** What an argument means, looked up on disk; nothing is decided by it that is not checked again when it is opened. */
export interface Sought {
  /** Absolute, as asked. */
  readonly asked: string;
  /** Real path of the file; its folder may not be there yet. */
  readonly real: string;
  /** Real path of the deepest folder that is there. */
  readonly base: string;
  /** Names below `base`: folders to make, last the file. */
  readonly names: readonly string[];
  /** The file is there. */
  readonly exists: boolean;
}

/** Throws a Refusal: outside, no regular file, or a place that is not written. A link is followed to where it leads. */
export async function seekTarget(path: string, bounds: Bounds): Promise<Sought> {
  if (path.includes("\0")) throw new Refusal("A path cannot hold a NUL character.");
  if (path.endsWith("/") || path.endsWith(sep)) {
    throw new Refusal(`"${path}" names a folder: give the path of a file.`);
  }
  const asked = resolveAsked(path, bounds);
  if (asked === undefined) throw outside(path, "outside", bounds.cwd);
  try {
    const { existing, real } = await deepestExisting(asked);
    const missing = existing === asked ? [] : relative(existing, asked).split(sep);
    const target = join(real, ...missing);
    const place = placeOf(target, bounds.roots);
    if (place !== "inside") throw outside(path, place, bounds.cwd);
    if (isGits(target, bounds)) {
      throw new Refusal(`"${path}" belongs to git: its files are changed by git commands only.`);
    }
    const stats = await lstat(real, { bigint: true });
    if (missing.length === 0) {
      if (!stats.isFile()) throw new Refusal(notAFile(stats, path, "written"));
      return { asked, real, base: dirname(real), names: [basename(real)], exists: true };
    }
    if (!stats.isDirectory()) {
      throw new Refusal(
        `"${path}" cannot be written: "${shownPath(existing, bounds)}" is a file, not a folder.`,
      );
    }
    return { asked, real: target, base: real, names: missing, exists: false };
  } catch (error) {
    throw explain(error, path);
  }
}

async function deepestExisting(asked: string): Promise<{ existing: string; real: string }> {
  for (let existing = asked; ; existing = dirname(existing)) {
    try {
      return { existing, real: await realpath(existing) };
    } catch (error) {
      const gone = codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR";
      if (!gone || dirname(existing) === existing) throw error;
    }
  }
}

/** Inside a `.git`: hooks and settings there are run by the next git command, so writing them is running programs. */
function isGits(real: string, { roots }: Bounds): boolean {
  const root = roots.find((each) => isInside(each, real)) ?? sep;
  return relative(root, real)
    .split(sep)
    .some((name) => name.toLowerCase() === ".git");
}

export interface Target {
  /** Verified; to be closed by the caller. */
  readonly folder: Opened;
  readonly name: string;
  /** Real path of the file. */
  readonly real: string;
  /** As told to the model. */
  readonly shown: string;
  /** Path of an entry of the folder: on Linux through the handle. */
  at(name: string): string;
}

/** Opens the folder, making those that are missing, each inside the one before it. Throws a Refusal. */
export async function openTarget(
  { real, base, names }: Sought,
  bounds: Bounds,
  locate: Locate,
): Promise<Target> {
  let folder = await openFolder(base, bounds, locate);
  try {
    for (const name of names.slice(0, -1)) {
      const next = join(folder.real, name);
      const by = entryPath(folder, name, locate);
      await mkdir(by).catch((error: unknown) => {
        if (codeOf(error) !== "EEXIST") throw explain(error, shownPath(next, bounds));
      });
      const inner = await openFolder(next, bounds, locate, by);
      const outer = folder;
      folder = inner;
      await outer.handle.close();
    }
  } catch (error) {
    await folder.handle.close();
    throw error;
  }
  const opened = folder;
  return {
    folder: opened,
    name: names.at(-1) ?? "",
    real,
    shown: shownPath(real, bounds),
    at: (name) => entryPath(opened, name, locate),
  };
}

const entryPath = (folder: Opened, name: string, locate: Locate): string =>
  locate === locateByHandle ? `${handlePath(folder.handle.fd)}/${name}` : join(folder.real, name);

/** What stands in the target's place: nothing, or a regular file that may be written. Throws a Refusal. */
export async function presentFile({ at, name, shown }: Target): Promise<BigIntStats | undefined> {
  try {
    const stats = await lstat(at(name), { bigint: true });
    if (stats.isSymbolicLink()) throw new Refusal(`"${shown}" is a symbolic link that leads nowhere.`);
    if (!stats.isFile()) throw new Refusal(notAFile(stats, shown, "written"));
    // Renaming over it would not ask: a file that is protected from writing stays as it is.
    await access(at(name), constants.W_OK);
    return stats;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw explain(error, shown);
  }
}
