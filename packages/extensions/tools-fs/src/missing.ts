/** What to say about a path that is not there: which part is missing, and what has a similar name. */
import { lstat, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { nearest } from "@dispatch/kernel";
import { type Bounds, placeOf, shownPath } from "./containment.ts";
import { readFolder } from "./read-folder.ts";
import { codeOf, Refusal } from "./refusal.ts";

/**
 * A sentence. `asked` is absolute and inside the bounds by its spelling; `path` is what the model wrote. Only folders
 * inside the bounds are looked into for a similar name.
 */
export async function describeMissing(asked: string, path: string, bounds: Bounds): Promise<string> {
  let missing = asked;
  for (let folder = dirname(asked); folder !== missing; folder = dirname(missing)) {
    const names = await namesIn(folder, bounds);
    if (names === "file")
      return `"${path}" does not exist: "${shownPath(folder, bounds)}" is a file, not a folder.`;
    if (names !== undefined) return sentence(path, asked, missing, names, bounds);
    missing = folder;
  }
  return `"${path}" does not exist.`;
}

async function sentence(
  path: string,
  asked: string,
  missing: string,
  names: readonly string[],
  bounds: Bounds,
): Promise<string> {
  const name = basename(missing);
  if (names.includes(name) && (await isLink(missing))) {
    return `"${shownPath(missing, bounds)}" is a symbolic link that leads nowhere.`;
  }
  const what =
    missing === asked
      ? `"${path}" does not exist`
      : `"${path}" does not exist: there is no folder "${shownPath(missing, bounds)}"`;
  const near = nearest(name, names);
  return near === undefined
    ? `${what}.`
    : `${what}. Did you mean "${shownPath(join(dirname(missing), near), bounds)}"?`;
}

/** Names in a folder inside the bounds; "file" when it is none; undefined when it is missing or not to be read. */
async function namesIn(folder: string, bounds: Bounds): Promise<readonly string[] | "file" | undefined> {
  try {
    const real = await realpath(folder);
    if (placeOf(real, bounds.roots) !== "inside") return undefined;
    if (!(await lstat(real)).isDirectory()) return "file";
    return (await readFolder(real, bounds)).entries.map((entry) => entry.name);
  } catch (error) {
    if (error instanceof Refusal || codeOf(error) !== undefined) return undefined; // then there is only less help
    throw error;
  }
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (codeOf(error) !== undefined) return false;
    throw error;
  }
}
