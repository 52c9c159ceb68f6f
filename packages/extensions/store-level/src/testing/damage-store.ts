/** Damages a store in one place, as a seed decides, and looks at what is left of what was acknowledged. */
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { isDispatchError } from "@dispatch/wire";
import type { StoreSettings } from "../manifest.ts";
import { openStore, type Store } from "../store.ts";
import { noise } from "./noise.ts";

export const kinds = {
  CURRENT: /^store\/CURRENT$/,
  MANIFEST: /^store\/MANIFEST-\d+$/,
  table: /^store\/\d+\.ldb$/,
  log: /^store\/\d+\.log$/,
  LOCK: /^store\/LOCK$/,
  "store.created": /^store\.created$/,
  "store.commits": /^store\.commits$/,
  "store.lock": /^store\.lock$/,
} as const;
export const damages = ["truncated", "flipped", "deleted"] as const;

export type Roll = (below: number) => number;
export function createRoll(seed: number): Roll {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Gives what was done, in words; undefined when there is no such file. */
export function damage(
  dataDir: string,
  kind: keyof typeof kinds,
  how: (typeof damages)[number],
  roll: Roll,
): string | undefined {
  const files = (readdirSync(dataDir, { recursive: true }) as string[])
    .filter((name) => kinds[kind].test(name))
    .sort();
  const name = files[roll(files.length)];
  if (name === undefined) return undefined;
  const path = `${dataDir}/${name}`;
  const content = readFileSync(path);
  if (how === "deleted") rmSync(path);
  else if (how === "truncated") {
    // Half of the cuts take a few bytes off the end, where it is least likely to be noticed.
    const cut = roll(2) === 0 ? roll(Math.min(200, content.length)) + 1 : roll(content.length) + 1;
    truncateSync(path, Math.max(0, content.length - cut));
    return `${name} cut by ${cut} of ${content.length}`;
  } else {
    const at = roll(content.length);
    if (content.length > 0) content.writeUInt8(content.readUInt8(at) ^ (1 << roll(8)), at);
    writeFileSync(path, content);
    return `${name} flipped at ${at} of ${content.length}`;
  }
  return `${name} deleted`;
}

export const testSettings: Omit<StoreSettings, "dataDir"> = {
  syncWrites: true,
  hotConversations: 10,
  sweepIntervalMs: 3_600_000,
  checkBytes: 2 ** 30,
  compactAfterRows: 5_000,
  acceptLoss: false,
};

/** By conversation: the last seq acknowledged. */
export type Acknowledged = ReadonlyMap<string, number>;

export interface Outcome {
  /** `whole`: everything acknowledged is there. `refused`, `said`: a sentence at the opening, or at a read. */
  readonly kind: "whole" | "refused" | "said" | "SILENT";
  readonly detail: string;
}

const sentenceOf = (error: unknown): string | undefined =>
  isDispatchError(error) && /^store-(damaged|failed)$/.test(error.code) && error.message.length > 20
    ? `${error.code} ${error.message}`
    : undefined;

/** Every record up to the head, as it was written or as a notice of what was lost; gives the head and the notices. */
async function readAll({ log }: Store, id: string): Promise<{ head: number; notices: number }> {
  const head = (await log.head(id))?.head ?? 0;
  let notices = 0;
  for (let after = 0; after < head; ) {
    const { entries } = await log.read(id, after, { limit: 1_000 });
    if (entries.length === 0) throw new Error(`${id} ends at ${after} of ${head}`);
    for (const { seq, json } of entries) {
      const record = JSON.parse(json);
      if (record.type === "notice" && record.text.includes("lost")) notices += 1;
      else if (record.pad !== noise(`${id}${seq}`, 6_000) || record.seq !== seq)
        throw new Error(`${id} ${seq} is ${json.slice(0, 80)}`);
      after += 1;
      if (seq !== after) throw new Error(`${id} ${after} is ${seq}`);
    }
  }
  return { head, notices };
}

/** Opens the store and reads all of it. */
export async function outcomeOf(dataDir: string, acknowledged: Acknowledged): Promise<Outcome> {
  let store: Store;
  try {
    store = await openStore({ ...testSettings, dataDir }, { now: Date.now(), report: () => undefined });
  } catch (error) {
    const sentence = sentenceOf(error);
    return { kind: sentence === undefined ? "SILENT" : "refused", detail: sentence ?? String(error) };
  }
  try {
    const missing: string[] = [];
    for (const [id, seq] of acknowledged) {
      const { head, notices } = await readAll(store, id);
      if (head < seq || notices > 0) missing.push(`${id} has ${head} of ${seq}, ${notices} notices`);
    }
    const { rows } = await store.log.list();
    for (const id of acknowledged.keys())
      if (!rows.some((json) => JSON.parse(json).id === id)) missing.push(`${id} is not listed`);
    return { kind: missing.length > 0 ? "SILENT" : "whole", detail: missing.join(", ") };
  } catch (error) {
    const sentence = sentenceOf(error);
    return { kind: sentence === undefined ? "SILENT" : "said", detail: sentence ?? String(error) };
  } finally {
    await store.close();
  }
}

/**
 * Opens a refused store with its loss accepted, and again without: what is there is what was written, and it goes on.
 * Gives how many records of those acknowledged are left, and what was reported.
 */
export async function rescued(
  dataDir: string,
  acknowledged: Acknowledged,
): Promise<{ left: number; said: string }> {
  const said: string[] = [];
  const report = (_: string, sentence: string): void => void said.push(sentence);
  const first = await openStore({ ...testSettings, dataDir, acceptLoss: true }, { now: Date.now(), report });
  await first.close();
  const store = await openStore({ ...testSettings, dataDir }, { now: Date.now(), report });
  try {
    let left = 0;
    for (const id of acknowledged.keys()) {
      const { head, notices } = await readAll(store, id);
      left += head - notices;
      const more = {
        seq: head + 1,
        json: JSON.stringify({ seq: head + 1, pad: noise(`${id}${head + 1}`, 6_000) }),
      };
      const fence = await store.ownership.claim(id);
      await store.log.append({
        conversationId: id,
        fence,
        expectedHead: head,
        epoch: "e2",
        entries: [more],
        sync: true,
      });
      await readAll(store, id);
    }
    return { left, said: said.join(" ") };
  } finally {
    await store.close();
  }
}
