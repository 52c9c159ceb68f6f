/** How far a store would reach if it were opened, found out on a copy: opening changes files and removes some. */
import { copyFileSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Level } from "level";
import { readCommitNumber } from "./database.ts";

/** A second name where the file system can: level never changes a table, it only removes its name. */
export function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to); // says what is wrong when it is not the link
  }
}

/**
 * The number of the last synced write in the tables and in the sound part of the logs. Undefined: none, or it cannot be opened.
 * @param scratch A folder that may be made and removed.
 * @param logs Length of the sound part by name.
 */
export async function tryOpening(
  folder: string,
  scratch: string,
  logs: ReadonlyMap<string, number>,
): Promise<number | undefined> {
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { mode: 0o700 });
  try {
    for (const name of readdirSync(folder)) {
      if (/\.(ldb|sst)$/.test(name)) linkOrCopy(`${folder}/${name}`, `${scratch}/${name}`);
      else if (/^(CURRENT|MANIFEST-\d+)$/.test(name)) copyFileSync(`${folder}/${name}`, `${scratch}/${name}`);
    }
    for (const [name, length] of logs)
      writeFileSync(`${scratch}/${name}`, readFileSync(`${folder}/${name}`).subarray(0, length));
    const level = new Level(scratch, { createIfMissing: false });
    try {
      await level.open();
      return await readCommitNumber(level);
    } finally {
      await level.close();
    }
  } catch (error) {
    if (isFromLevel(error)) return undefined;
    throw error;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Level refuses what it cannot read; anything else (no space, no right) says nothing about the store. */
const isFromLevel = (error: unknown): boolean => {
  const { cause, code } = error as { cause?: { code?: unknown }; code?: unknown };
  return cause?.code === "LEVEL_CORRUPTION" || code === "LEVEL_CORRUPTION" || code === "store-damaged";
};
