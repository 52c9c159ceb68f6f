/** Finds and holds the folder a command starts in, inside the conversation's working directory by its real path. */
import { constants } from "node:fs";
import { type FileHandle, open, readlink, realpath, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isInside } from "./containment.ts";
import { codeOf, Refusal } from "./refusal.ts";

export interface StartFolder {
  /** Real path. */
  readonly real: string;
  /** Real path of the conversation's working directory. */
  readonly realCwd: string;
  /** The path to start in: on Linux the opened folder itself, so that nothing can be put in its place. */
  readonly path: string;
  close(): Promise<void>;
}

const linux = process.platform === "linux";

/** `asked` is relative to `cwd`; it may lie in one of `dirs` too. Throws a Refusal: missing, no folder, or outside. */
export async function openStartFolder(
  cwd: string,
  asked: string,
  dirs: readonly string[] = [],
): Promise<StartFolder> {
  if (asked.includes("\0")) throw new Refusal("A path cannot hold a NUL character.");
  const realCwd = await realFolder(cwd, `The working directory "${cwd}"`);
  const named = await realFolder(resolve(cwd, asked), `The folder "${asked}"`);
  const handle = linux ? await openFolder(named, asked) : undefined;
  const real = handle === undefined ? named : await readlink(`/proc/self/fd/${handle.fd}`);
  const roots = [realCwd, ...(await Promise.all(dirs.map((dir) => realpath(dir).catch(() => realCwd))))];
  if (!roots.some((root) => isInside(root, real))) {
    await handle?.close();
    throw new Refusal(
      `The folder "${asked}" leads outside the working directory ${cwd}: commands start inside it.`,
    );
  }
  const path = handle === undefined ? real : `/proc/self/fd/${handle.fd}`;
  return { real, realCwd, path, close: async () => handle?.close() };
}

async function openFolder(path: string, asked: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    throw new Refusal(`The folder "${asked}" cannot be opened (${codeOf(error)}).`);
  }
}

async function realFolder(path: string, what: string): Promise<string> {
  try {
    const real = await realpath(path);
    if ((await stat(real)).isDirectory()) return real;
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
  }
  throw new Refusal(`${what} is not an existing folder.`);
}
