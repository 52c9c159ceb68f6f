/**
 * Where an opened file or folder really is. A path that was checked and then opened may lead elsewhere by then; what
 * holds is the place of the handle itself.
 */
import type { BigIntStats } from "node:fs";
import { lstat, readlink, realpath } from "node:fs/promises";

/** Real path of what `fd` has open, which was opened by `path`; undefined when it cannot be told for sure. */
export type Locate = (fd: number, path: string, opened: BigIntStats) => Promise<string | undefined>;

/** Linux: the system says it. A removed file ends in " (deleted)", which changes nothing about its folder. */
export const locateByHandle: Locate = (fd) => readlink(handlePath(fd));

/** Linux: a path to the very object a handle has open, wherever its names have gone. */
export const handlePath = (fd: number): string => `/proc/self/fd/${fd}`;

/**
 * Elsewhere: the path is resolved again and must lead to the same object. That stops all but one who swaps folders and
 * links without pause: now and then one of his tries still wins, and no portable call closes that gap.
 */
export const locateByIdentity: Locate = async (_fd, path, opened) => {
  const real = await realpath(path);
  const found = await lstat(real, { bigint: true });
  const same = found.ino === opened.ino && found.dev === opened.dev;
  return same && (await realpath(path)) === real ? real : undefined;
};

export const locateHere: Locate = process.platform === "linux" ? locateByHandle : locateByIdentity;
