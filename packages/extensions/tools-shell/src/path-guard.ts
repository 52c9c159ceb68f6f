/**
 * The path guard: refuses arguments that plainly name places outside the working directory. It catches mistakes and
 * careless commands, and makes a model say what it needs. It confines nothing: a program may open whatever it wants,
 * and arguments can hide paths in ways nobody can list.
 */
import { resolve } from "node:path";
import { isInside } from "./containment.ts";

/** What is known of a path on disk. */
export interface OnDisk {
  /** Real path of its deepest part that exists, with the missing rest appended. */
  readonly real: string;
  /** Its deepest part that exists, as spelled. */
  readonly existing: string;
}

export interface GuardedPlaces {
  /** Real paths of folders that arguments may name. */
  readonly roots: readonly string[];
  /** Real paths of folders whose programs may be started by path. */
  readonly programs: readonly string[];
}

// Endless, empty or the command's own streams: no content of the machine.
const harmless: ReadonlySet<string> = new Set([
  ...["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"],
  ...["/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/fd/0", "/dev/fd/1", "/dev/fd/2"],
]);

const longestPath = 4_096;

/**
 * The parts of an argument that may be paths, absolute after resolving: the argument itself, and the value of
 * `--name=value` or `NAME=value`. Texts with line breaks and very long ones are scripts, not paths.
 */
export function pathsIn(argument: string, cwd: string): readonly string[] {
  if (argument === "" || argument.length > longestPath || /[\n\r]/.test(argument)) return [];
  const value = /^[-\w]+=(.+)$/.exec(argument)?.[1];
  const parts = value === undefined ? [argument] : [argument, value];
  return parts.filter((part) => !part.startsWith("-")).map((part) => resolve(cwd, part));
}

/** Whether an argument may be a path that leads outside. `first`: it is the program to run. */
export function isAllowedPath(path: string, disk: OnDisk, places: GuardedPlaces, first: boolean): boolean {
  if (harmless.has(path)) return true;
  const folders = first ? [...places.roots, ...places.programs] : places.roots;
  if (folders.some((folder) => isInside(folder, disk.real))) return true;
  // "/pattern/d" names nothing: not even the folder it would lie in exists. "/new" would lie in an existing one.
  return disk.existing === "/" && path.lastIndexOf("/") > 0;
}
