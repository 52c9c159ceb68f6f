/** The archive: the documents of deleted conversations, in a folder that only the owner may read. */
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes a document so that it is there whole, on disk, or not at all. Gives the file's name.
 * `id` holds letters, digits, dashes and underscores only.
 */
export async function writeArchive(
  folder: string,
  id: string,
  at: number,
  pieces: AsyncIterable<string>,
): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = `${id}-${new Date(at).toISOString().replaceAll(/[:.]/g, "")}.jsonl`;
  const path = join(folder, name);
  const unfinished = `${path}.tmp`;
  try {
    const file = await open(unfinished, "w", 0o600);
    try {
      for await (const piece of pieces) await file.write(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
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
