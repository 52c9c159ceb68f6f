/** Opens a damaged store because its owner said so: a copy is kept, and what can be read is made a sound store. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { Level } from "level";
import { readFormat } from "./identify.ts";
import { keys } from "./keys.ts";
import { encodeRow } from "./rows.ts";
import { salvage } from "./salvage.ts";
import { linkOrCopy } from "./trial.ts";

/** Level has these; its types leave them out. */
const { repair } = Level as typeof Level & { repair(location: string): Promise<void> };
type Compacting = Level & { compactRange(start: string, end: string): Promise<void> };

/** Level rewrites none of its tables; logs and the rest may be. */
function keepCopy(folder: string, copy: string): void {
  mkdirSync(copy, { mode: 0o700 });
  for (const { name } of readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile())) {
    if (/\.(ldb|sst)$/.test(name)) linkOrCopy(`${folder}/${name}`, `${copy}/${name}`);
    else copyFileSync(`${folder}/${name}`, `${copy}/${name}`);
  }
}

export interface Rescued {
  readonly level: Level;
  /** What is lost, a phrase each. */
  readonly lost: readonly string[];
  /** Where the store lies as it was. */
  readonly copy: string;
}

/**
 * @param options `now` in Unix ms; `what` was found, kept in the store; `commits`: number that the store goes on from.
 * @throws `store-newer`, and what level cannot repair.
 */
export async function rescue(
  dataDir: string,
  folder: string,
  options: { readonly now: number; readonly what: readonly string[]; readonly commits: number },
): Promise<Rescued> {
  const copy = freeName(`${dataDir}/store.damaged-${new Date(options.now).toISOString().slice(0, 10)}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  keepCopy(folder, copy);
  if (readdirSync(folder).some((name) => /\.(ldb|sst|log)$/.test(name))) await repair(folder);
  // What the repair put aside is in the copy too.
  rmSync(`${folder}/lost`, { recursive: true, force: true });
  const level = new Level(folder) as Compacting;
  await level.open();
  try {
    await readFormat(level, folder, true);
    const lost = await salvage(level, options.now);
    const at = new Date(options.now).toISOString();
    const rows = [
      [keys.commits, { number: options.commits }],
      [keys.losses, { at, found: options.what, lost: lost.slice(0, 1_000), copy }],
    ] as const;
    await level.batch(
      rows.map(([key, value]) => ({ type: "put", key, value: encodeRow(key, JSON.stringify(value)) })),
      { sync: true },
    );
    // The repair leaves tables alone that it can read in some way; now every block is written anew, with its checksum.
    await level.compactRange("", "\x7f");
    return { level, lost, copy };
  } catch (error) {
    await level.close();
    throw error;
  }
}

function freeName(wanted: string): string {
  for (let i = 1; ; i += 1) {
    const name = i === 1 ? wanted : `${wanted}.${i}`;
    if (!existsSync(name)) return name;
  }
}
