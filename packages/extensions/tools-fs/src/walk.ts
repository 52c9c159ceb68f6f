/**
 * Walks a tree inside the bounds in byte order of its paths. Links are listed, never followed; what ignore files leave
 * out, `.git` and `node_modules` are not entered.
 */
import { dirname, join, relative, sep } from "node:path";
import { type Bounds, isInside, shownPath } from "./containment.ts";
import { type IgnoreRules, noIgnoreRules } from "./ignore-rules.ts";
import { openFile } from "./open-contained.ts";
import { type Entry, readFolder } from "./read-folder.ts";
import { Refusal } from "./refusal.ts";

export interface Found {
  /** Absolute. */
  readonly real: string;
  /** As told to the model, without a slash at its end. */
  readonly shown: string;
  /** Relative to the start, with `/`. */
  readonly below: string;
  readonly kind: Entry["kind"];
}

/** What a walk had to leave out, counted while it goes. */
export interface WalkLoss {
  /** Folders which could not be read. */
  unreadable: number;
  /** Folders deeper than `maxDepth`, or with more names than are read. */
  cut: number;
}

const maxDepth = 64;
const maxIgnoreBytes = 262_144;

/**
 * `start` is the real path of a folder. Its own ignore rules hold, and those of the folders above it in the bounds.
 * `signal` is looked at before every entry; its reason is thrown.
 */
export async function* walk(
  start: string,
  bounds: Bounds,
  loss: WalkLoss,
  signal: AbortSignal,
): AsyncGenerator<Found> {
  const top = bounds.roots.find((root) => isInside(root, start)) ?? start;
  const stack = [await enter(start, await rulesAbove(start, top, bounds))];
  for (let level = stack.at(-1); level !== undefined; level = stack.at(-1)) {
    signal.throwIfAborted();
    const entry = level.entries[level.next++];
    if (entry === undefined) {
      stack.pop();
      continue;
    }
    const real = join(level.real, entry.name);
    const folder = entry.kind === "folder";
    if (entry.name === ".git" || (entry.name === "node_modules" && entry.kind !== "file")) continue;
    if (level.rules.ignores(slashed(relative(top, real)), folder)) continue;
    yield { real, shown: shownPath(real, bounds), below: slashed(relative(start, real)), kind: entry.kind };
    if (!folder) continue;
    if (stack.length > maxDepth) loss.cut += 1;
    else {
      const entered = await tryEnter(real, level.rules);
      if (entered !== undefined) stack.push(entered);
    }
  }

  async function enter(real: string, above: IgnoreRules) {
    const { entries, cut } = await readFolder(real, bounds);
    if (cut) loss.cut += 1;
    const own = entries.some((entry) => entry.name === ".gitignore" && entry.kind === "file");
    const rules = own ? above.with(slashed(relative(top, real)), await ignoreFile(real, bounds)) : above;
    return { real, entries, rules, next: 0 };
  }

  async function tryEnter(real: string, above: IgnoreRules) {
    try {
      return await enter(real, above);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      loss.unreadable += 1;
      return undefined;
    }
  }
}

/**
 * Rules of the folders from `top` down to above `start`. Whoever names an ignored folder wants to see into it: when
 * they leave out `start` itself, they do not hold below it.
 */
async function rulesAbove(start: string, top: string, bounds: Bounds): Promise<IgnoreRules> {
  const folders: string[] = [];
  for (let at = start; at !== top && isInside(top, dirname(at)); at = dirname(at))
    folders.unshift(dirname(at));
  let rules = noIgnoreRules;
  for (const folder of folders) {
    rules = rules.with(slashed(relative(top, folder)), await ignoreFile(folder, bounds));
    const child = folders[folders.indexOf(folder) + 1] ?? start;
    if (rules.ignores(slashed(relative(top, child)), true)) return noIgnoreRules;
  }
  return rules;
}

/** Text of a folder's `.gitignore`; "" when there is none to be read. */
async function ignoreFile(folder: string, bounds: Bounds): Promise<string> {
  try {
    const { handle } = await openFile(join(folder, ".gitignore"), bounds);
    try {
      const buffer = Buffer.alloc(maxIgnoreBytes);
      const { bytesRead } = await handle.read(buffer, 0, maxIgnoreBytes, 0);
      return buffer.toString("utf8", 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof Refusal) return ""; // as git does with one it cannot read
    throw error;
  }
}

const slashed = (path: string): string => (sep === "/" ? path : path.replaceAll(sep, "/"));
