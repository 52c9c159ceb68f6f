/** The token, as the host program left it in its file. */
import { readFile } from "node:fs/promises";

/** Shorter ones can be guessed. */
const leastLength = 16;

/** Rejects when the file is missing or holds nothing that could be sent as a token. */
export async function readToken(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new Error(`the token file ${file} cannot be read`, { cause });
  });
  const token = text.trim();
  if (token.length < leastLength || !/^[A-Za-z0-9._~+/-]+=*$/.test(token)) {
    throw new Error(
      `the file ${file} does not hold a token: at least ${leastLength} letters, digits and ._~+/-`,
    );
  }
  return token;
}
