/** Asks the disk about a command's arguments and lets the path guard decide. */
import { realpath } from "node:fs/promises";
import { delimiter, dirname, isAbsolute, join, relative } from "node:path";
import { type GuardedPlaces, isAllowedPath, type OnDisk, pathsIn } from "./path-guard.ts";
import { codeOf } from "./refusal.ts";

const systemPrograms = [
  "/bin",
  "/sbin",
  "/usr/bin",
  "/usr/sbin",
  "/usr/local/bin",
  "/usr/lib/git-core",
  "/opt/homebrew/bin",
];

/** Real paths of the folders whose programs may be named by path: the system's, and those in `PATH`. */
export async function programFolders(path: string | undefined): Promise<readonly string[]> {
  const named = [...systemPrograms, ...(path ?? "").split(delimiter)].filter(isAbsolute);
  const real = await Promise.all([...new Set(named)].map(lookUp));
  return real.filter(({ missing }) => !missing).map((found) => found.real);
}

/** The first argument that the guard refuses, with its place in `argv`. Relative ones start at `cwd`. */
export async function findRefused(
  argv: readonly string[],
  cwd: string,
  places: GuardedPlaces,
): Promise<{ argument: string; index: number } | undefined> {
  for (const [index, argument] of argv.entries()) {
    const first = index === 0;
    // A bare program name is looked up in PATH; it is no path.
    if (first && !argument.includes("/") && !argument.includes("\\")) continue;
    for (const path of pathsIn(argument, cwd)) {
      if (!isAllowedPath(path, await lookUp(path), places, first)) return { argument, index };
    }
  }
  return undefined;
}

async function lookUp(path: string): Promise<OnDisk & { missing: boolean }> {
  for (let existing = path; ; existing = dirname(existing)) {
    try {
      const real = join(await realpath(existing), relative(existing, path));
      return { real, existing, missing: existing !== path };
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      if (dirname(existing) === existing) return { real: path, existing, missing: true };
    }
  }
}
