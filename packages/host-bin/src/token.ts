/** The bearer token of a data folder: 32 random bytes in a file that only its owner can read. */
import { randomBytes } from "node:crypto";
import { chmod, readFile, stat } from "node:fs/promises";
import { createPrivateFile } from "./private-file.ts";
import { startError } from "./start-error.ts";

const pattern = /^[A-Za-z0-9_-]{32,256}$/;

/** Reads the token, makes it first when there is none. Rights that are too wide are narrowed. */
export async function ensureToken(path: string): Promise<string> {
  await createPrivateFile(path, `${randomBytes(32).toString("base64url")}\n`);
  if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600);
  const token = await readToken(path);
  if (token === undefined) {
    throw startError(`The token file ${path} does not hold a token.`, {
      fix: "Delete it; a new one is made at the next start.",
    });
  }
  return token;
}

/** Undefined when there is no such file, or no token in it. */
export async function readToken(path: string): Promise<string | undefined> {
  try {
    const text = (await readFile(path, "utf8")).trim();
    return pattern.test(text) ? text : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
