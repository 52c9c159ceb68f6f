/**
 * Which places the file tools may touch, as pure decisions on absolute paths.
 * They are made about the real path of what was opened, so links, letter case and Unicode forms cannot change them.
 */
import { isAbsolute, relative, resolve, sep } from "node:path";

/** The working directory and the other allowed folders, as named and as they really are. */
export interface Bounds {
  /** As the conversation names it: relative paths start here. */
  readonly cwd: string;
  readonly realCwd: string;
  /** Real paths of all allowed folders, the working directory first. */
  readonly roots: readonly string[];
  /** The same as named: a path is looked at only when it begins like one of these or of `roots`. */
  readonly named: readonly string[];
  /** Files that have further hard links are opened too. Nobody can tell where the other links lie. */
  readonly hardLinks: boolean;
}

/** `path` is `root` or lies below it. Both absolute. */
export function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

// Their files are no files: reading them can act on hardware or tell the server's own environment.
const systemPlaces = ["/proc", "/sys", "/dev"];
// … but this one is plain memory with plain files.
const ordinaryPlaces = ["/dev/shm"];

export type Place = "inside" | "outside" | "system";

/** Where a real path lies. `system` (/proc, /sys, /dev) is refused even inside a root. */
export function placeOf(real: string, roots: readonly string[]): Place {
  const system = systemPlaces.some((place) => isInside(place, real));
  if (system && !ordinaryPlaces.some((place) => isInside(place, real))) return "system";
  return roots.some((root) => isInside(root, real)) ? "inside" : "outside";
}

/**
 * The absolute path that an argument means. `undefined`: it leads outside by its very spelling, so nothing on disk
 * needs to be asked, and the answer cannot tell whether something is there.
 */
export function resolveAsked(path: string, bounds: Bounds): string | undefined {
  const absolute = resolve(bounds.cwd, path);
  return [...bounds.named, ...bounds.roots].some((root) => isInside(root, absolute)) ? absolute : undefined;
}

/** How a path is told to the model: relative to the working directory when inside it, with `/`; else absolute. */
export function shownPath(path: string, bounds: Bounds): string {
  const home = [bounds.realCwd, bounds.cwd].find((root) => isInside(root, path));
  const shown = home === undefined ? path : relative(home, path) || ".";
  return sep === "/" ? shown : shown.replaceAll(sep, "/");
}
