/** Finds the real folders behind a conversation's working directory and the configured roots. */
import { realpath, stat } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { type Bounds, placeOf } from "./containment.ts";
import { codeOf, Refusal } from "./refusal.ts";

/** Real path of a folder; undefined when there is none. */
async function realFolder(path: string): Promise<string | undefined> {
  try {
    const real = await realpath(path);
    return (await stat(real)).isDirectory() ? real : undefined;
  } catch (error) {
    if (codeOf(error) !== undefined) return undefined;
    throw error;
  }
}

/**
 * Asked anew at every call, because folders come and go. A configured root that is missing is left out.
 * Throws a Refusal when there is no working directory.
 */
export async function findBounds(
  cwd: string,
  extraRoots: readonly string[],
  hardLinks = false,
): Promise<Bounds> {
  const realCwd = await realFolder(cwd);
  if (realCwd === undefined) throw new Refusal(`The working directory "${cwd}" is not an existing folder.`);
  if (placeOf(realCwd, [realCwd]) === "system") {
    throw new Refusal(`The working directory "${cwd}" is a system folder, in which no files are read.`);
  }
  const named = extraRoots.filter(isAbsolute).map((root) => resolve(root));
  const real = await Promise.all(named.map(realFolder));
  const roots = [realCwd, ...real.filter((root) => root !== undefined)];
  return { cwd: resolve(cwd), realCwd, roots, named: [resolve(cwd), ...named], hardLinks };
}
