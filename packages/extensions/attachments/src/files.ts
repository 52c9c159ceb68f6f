/** The folder of attachments: each lies under the hash of its bytes, so what is there is whole, never changes and lies there once. */
import { createHash, randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { dispatchError } from "@dispatch/wire";

export interface Files {
  /** Takes bytes as they come; on disk when it resolves. Rejects with `payload-too-large` and `attachments-full`. */
  add(pieces: AsyncIterable<Uint8Array>): Promise<{ readonly id: string; readonly size: number }>;
  read(id: string): Promise<Uint8Array | undefined>;
  /** Bytes of it and when it was last taken in, in Unix ms; undefined when it is not there. */
  look(id: string): Promise<{ readonly size: number; readonly addedAt: number } | undefined>;
  list(): Promise<readonly string[]>;
  remove(id: string): Promise<void>;
}

export interface FilesOptions {
  readonly folder: string;
  readonly maxBytes: number;
  readonly maxTotalBytes: number;
}

const idPattern = /^[A-Za-z0-9_-]{43}$/;
const isUnfinished = (name: string): boolean => name.endsWith(".part");

/** Opens the folder, 0700; what a crash left half-written is removed. */
export async function createFiles({ folder, maxBytes, maxTotalBytes }: FilesOptions): Promise<Files> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  /** Of all, those under way included. */
  let total = 0;
  for (const name of await readdir(folder)) {
    if (isUnfinished(name)) await rm(join(folder, name), { force: true });
    else total += (await stat(join(folder, name))).size;
  }
  const pathOf = (id: string): string => join(folder, id);
  let last: Promise<unknown> = Promise.resolve();
  /** One change of what lies there at a time: of two who bring the same bytes one is the first, and counts. */
  function inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = last.then(change);
    last = done.catch(() => undefined); // its caller hears of it
    return done;
  }

  async function look(id: string) {
    if (!idPattern.test(id)) return undefined;
    try {
      const { size, mtimeMs } = await stat(pathOf(id));
      return { size, addedAt: mtimeMs };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  return {
    look,
    async add(pieces) {
      const unfinished = join(folder, `${randomBytes(12).toString("hex")}.part`);
      const hash = createHash("sha256");
      let size = 0;
      try {
        const file = await open(unfinished, "wx", 0o600);
        try {
          for await (const piece of pieces) {
            size += piece.byteLength;
            total += piece.byteLength;
            if (size > maxBytes)
              throw dispatchError("payload-too-large", `An attachment may have at most ${maxBytes} bytes.`);
            if (total > maxTotalBytes)
              throw dispatchError("attachments-full", `All together may have ${maxTotalBytes} bytes.`);
            hash.update(piece);
            await file.write(piece);
          }
          await file.sync();
        } finally {
          await file.close();
        }
        const id = hash.digest("base64url");
        // Over the same bytes too: it is as new then, and not swept away from under its message.
        await inTurn(async () => {
          const before = await look(id);
          await rename(unfinished, pathOf(id));
          if (before) total -= size;
        });
        await syncFolder(folder);
        return { id, size };
      } catch (error) {
        total -= size;
        await rm(unfinished, { force: true });
        throw error;
      }
    },
    async read(id) {
      if (!idPattern.test(id)) return undefined;
      try {
        return await readFile(pathOf(id));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
    list: async () => (await readdir(folder)).filter((name) => idPattern.test(name)),
    remove: (id) =>
      inTurn(async () => {
        const found = await look(id);
        if (!found) return;
        await rm(pathOf(id), { force: true });
        total -= found.size;
      }),
  };
}

/** The name too must survive a power cut. */
async function syncFolder(folder: string): Promise<void> {
  const directory = await open(folder, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
