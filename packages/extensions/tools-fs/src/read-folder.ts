/** The entries of one folder, in the order in which a listing shows them. */
import type { Dirent } from "node:fs";
import { opendir } from "node:fs/promises";
import type { Bounds } from "./containment.ts";
import { handlePath, type Locate, locateByHandle, locateHere } from "./locate.ts";
import { openFolder } from "./open-contained.ts";

export interface Entry {
  readonly name: string;
  readonly kind: "file" | "folder" | "link" | "other";
}

export interface FolderEntries {
  readonly entries: readonly Entry[];
  /** There are more than `maxEntries`: which ones were read is up to the file system. */
  readonly cut: boolean;
}

/** More names than this in one folder are not read: sorting needs them all in memory. */
export const maxEntries = 100_000;

/** Reads a folder given by its real path. Throws a Refusal when it is none any more, or lies outside by now. */
export async function readFolder(
  real: string,
  bounds: Bounds,
  locate: Locate = locateHere,
): Promise<FolderEntries> {
  const opened = await openFolder(real, bounds, locate);
  try {
    // By the handle, where that is possible, so that it is the verified folder which is read.
    const path = locate === locateByHandle ? handlePath(opened.handle.fd) : real;
    const found: Entry[] = [];
    for await (const entry of await opendir(path, { bufferSize: 256 })) {
      if (found.length === maxEntries) return { entries: sortEntries(found), cut: true };
      found.push({ name: entry.name, kind: kindOf(entry) });
    }
    return { entries: sortEntries(found), cut: false };
  } finally {
    await opened.handle.close();
  }
}

function kindOf(entry: Dirent): Entry["kind"] {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "folder";
  return entry.isSymbolicLink() ? "link" : "other";
}

/**
 * Byte order of the printed names, a folder's with its `/`: a walk that lists each folder's content right after it
 * then gives all paths in byte order, with nothing to sort at the end.
 */
export function sortEntries(entries: readonly Entry[]): readonly Entry[] {
  return entries
    .map((entry) => ({ entry, key: Buffer.from(entry.kind === "folder" ? `${entry.name}/` : entry.name) }))
    .sort((a, b) => Buffer.compare(a.key, b.key))
    .map(({ entry }) => entry);
}
