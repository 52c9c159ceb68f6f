/** Files only their owner may read, written so that nobody ever sees half of one. */
import { randomBytes } from "node:crypto";
import { chmod, link, mkdir, rename, stat, unlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** Creates the folder, or takes group and others their rights away. */
export async function privateFolder(path: string): Promise<void> {
  await makeFolder(path);
  if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o700);
}

/** With its parents. Not `recursive: true`: where nothing can be made, such as `/proc`, that tries for ever. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    const parent = dirname(path);
    if (code !== "ENOENT" || (await isThere(parent))) throw error;
    await makeFolder(parent);
    await mkdir(path, { mode: 0o700 });
  }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Replaces the file in one step. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  await withTemporary(path, text, (temporary) => rename(temporary, path));
}

/** Creates the file whole, or leaves the one that is there; true when it was created. */
export async function createPrivateFile(path: string, text: string): Promise<boolean> {
  return withTemporary(path, text, async (temporary) => {
    try {
      await link(temporary, path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    } finally {
      await unlink(temporary);
    }
  });
}

async function withTemporary<T>(
  path: string,
  text: string,
  use: (temporary: string) => Promise<T>,
): Promise<T> {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  await writeFile(temporary, text, { mode: 0o600, flag: "wx" });
  return use(temporary);
}
