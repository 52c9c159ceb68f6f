/** The archive: the documents of deleted conversations, in a folder that only the owner may read. */
import { access, type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes a document so that it is there whole, on disk, or not at all, and never in the place of another. Gives the file's name.
 * `id` holds letters, digits, dashes and underscores only.
 */
export async function writeArchive(
  folder: string,
  id: string,
  at: number,
  pieces: AsyncIterable<string>,
): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { name, unfinished, file } = await reserve(
    folder,
    `${id}-${new Date(at).toISOString().replaceAll(/[:.]/g, "")}`,
  );
  try {
    try {
      for await (const piece of pieces) await file.write(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, join(folder, name));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  // The name too must survive a power cut.
  const directory = await open(folder, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
  return name;
}

/**
 * A name that nobody has: an id can be used and deleted twice in one millisecond, or the clock be set back. Whoever holds the
 * unfinished file is the only one who may make the finished one.
 */
async function reserve(
  folder: string,
  wanted: string,
): Promise<{ name: string; unfinished: string; file: FileHandle }> {
  for (let count = 1; ; count++) {
    const name = `${wanted}${count === 1 ? "" : `-${count}`}.jsonl`;
    const unfinished = `${join(folder, name)}.tmp`;
    const file = await open(unfinished, "wx", 0o600).catch(unlessThere);
    if (!file) continue;
    if (!(await isThere(join(folder, name)))) return { name, unfinished, file };
    await file.close();
    await rm(unfinished, { force: true });
  }
}

function unlessThere(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "EEXIST") throw error;
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
