/**
 * Looks at level's files before level does, and changes nothing: level drops what it cannot read, and removes tables that its
 * MANIFEST does not name, both without a word.
 */
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { readLogs } from "./logs.ts";
import { readManifest } from "./manifest-file.ts";
import { damageOfTable } from "./table-file.ts";

export interface Inspection {
  /** What is damaged for certain, a phrase each. */
  readonly damage: readonly string[];
  /** What a crash may have left as well as a damage: how far the store reaches has to decide. */
  readonly doubt?: Doubt | undefined;
  /** Paths of tables that were beyond `checkBytes`. */
  readonly unchecked: readonly string[];
}

export interface Doubt {
  readonly what: string;
  /** Bytes that level did not write so, or writes that are missing between others. */
  readonly certain: boolean;
  /** Length of the sound part of each log. */
  readonly logs: ReadonlyMap<string, number>;
}

const numberOf = (name: string): number => Number.parseInt(name, 10);
const isTable = (name: string): boolean => /^\d+\.(ldb|sst)$/.test(name);

async function contentOf(folder: string, name: string): Promise<Buffer | undefined> {
  return existsSync(`${folder}/${name}`) ? readFile(`${folder}/${name}`) : undefined;
}

/** As `damageOfTable`. Undefined too for a table that level has removed meanwhile. */
export async function checkTable(path: string): Promise<string | undefined> {
  try {
    return damageOfTable(await readFile(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * @param folder Level's, with a CURRENT in it.
 * @param checkBytes Tables are compared with their checksums, newest first, until this many bytes were.
 */
export async function inspect(folder: string, checkBytes: number): Promise<Inspection> {
  const current = (await contentOf(folder, "CURRENT"))?.toString("latin1") ?? "";
  const name = /^(MANIFEST-\d+)\n$/.exec(current)?.[1];
  if (name === undefined) return { damage: ["CURRENT names no MANIFEST"], unchecked: [] };
  const file = await contentOf(folder, name);
  if (file === undefined) return { damage: [`${name} is missing`], unchecked: [] };
  const manifest = readManifest(file);
  if (manifest === undefined) return { damage: [`${name} cannot be read`], unchecked: [] };

  const names = readdirSync(folder);
  const present = new Map(names.filter(isTable).map((table) => [numberOf(table), table]));
  const damage: string[] = [];
  const unchecked: string[] = [];
  let checked = 0;
  for (const [number, size] of [...manifest.tables].sort(([a], [b]) => b - a)) {
    const table = present.get(number);
    if (table === undefined) damage.push(`table ${number} is missing`);
    else if (checked + size > checkBytes) unchecked.push(`${folder}/${table}`);
    else {
      checked += size;
      const bytes = await readFile(`${folder}/${table}`);
      const wrong = bytes.length === size ? damageOfTable(bytes) : `it has ${bytes.length} bytes of ${size}`;
      if (wrong !== undefined) damage.push(`${table}: ${wrong}`);
    }
  }
  const logs = names.filter((log) => /^\d+\.log$/.test(log) && numberOf(log) >= manifest.logNumber);
  const contents = await Promise.all(
    logs
      .sort((a, b) => numberOf(a) - numberOf(b))
      .map(async (log) => ({ name: log, content: await readFile(`${folder}/${log}`) })),
  );
  const { sound, fault, certain } = readLogs(contents, manifest.lastSequence);
  const unnamed = [...present].some(([number]) => !manifest.tables.has(number));
  const what =
    fault ?? (manifest.torn ? `${name} ends too early` : unnamed ? `${name} leaves tables out` : undefined);
  return { damage, unchecked, ...(what !== undefined && { doubt: { what, certain, logs: sound } }) };
}
