/**
 * The table file: what command lines show and parse without asking a server. It stays when the server stops, so that help
 * works then too.
 */
import { randomBytes } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import type { CommandInfo } from "@dispatch/wire";

/** Replaces the file in one step, readable for its owner only. Does nothing when it says the same already. */
export async function writeTable(path: string, items: readonly CommandInfo[]): Promise<void> {
  const text = `${JSON.stringify({ version: 1, items })}\n`;
  if ((await readFile(path, "utf8").catch(() => undefined)) === text) return;
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    await writeFile(temporary, text, { mode: 0o600, flag: "wx" });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
