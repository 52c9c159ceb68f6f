/** Opens the data folder: lock, files, marker, format, counter. What is not a sound store is refused with its reason. */
import { randomUUID } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { dispatchError, isDispatchError } from "@dispatch/wire";
import { Level } from "level";
import {
  type CommitFile,
  type CommitMark,
  commitFileName,
  createCommitFile,
  readCommitFile,
} from "./commit-file.ts";
import { examine, inWords, lossOf, refusal } from "./damage.ts";
import { readCommitNumber } from "./database.ts";
import { identify, nextFence, readMarker, writeIdentity } from "./identify.ts";
import { acquireLock } from "./lock.ts";
import { rescue } from "./rescue.ts";
import { damaged } from "./rows.ts";
import { writeWhole } from "./whole-file.ts";

/** Tells whoever runs the server what it should know about its store. */
export type Report = (level: "warn" | "error", sentence: string, kind?: "damage" | "loss") => void;

export interface OpenOptions {
  /** Unix ms. */
  readonly now: number;
  readonly checkBytes: number;
  readonly acceptLoss: boolean;
  readonly report: Report;
}

export interface OpenedStore {
  readonly level: Level;
  /** Above that of every earlier opening. */
  readonly fence: number;
  /** Number of the last synced write. */
  readonly commits: number;
  readonly commitFile: CommitFile;
  /** Table files that were not checked yet. */
  readonly unchecked: readonly string[];
  /** Makes level's files readable for the owner only; level creates new ones as it goes. */
  tighten(): void;
  /** After level is closed. */
  release(): void;
}

interface Sound {
  readonly level: Level;
  readonly storeId: string;
  readonly commits: number;
}

interface Traces {
  readonly marker: ReturnType<typeof readMarker>;
  readonly commitFile: ReturnType<typeof readCommitFile>;
}

const levelFiles = /\.(ldb|sst|log)$/;
const markOf = ({ commitFile }: Traces): CommitMark | undefined =>
  typeof commitFile === "string" ? undefined : commitFile;

function levelFailure(error: unknown, folder: string): Error {
  const cause =
    (error as Error).cause instanceof Error
      ? ((error as Error).cause as Error & { code?: string })
      : undefined;
  const reason = cause?.message ?? String(error);
  if (cause?.code === "LEVEL_LOCKED")
    return dispatchError("store-locked", `Another process uses ${folder}.`, { cause: error });
  if (cause?.code === "LEVEL_CORRUPTION" || /does not exist|No such file/.test(reason))
    return damaged(`data in ${folder} (${reason})`, error);
  return dispatchError("store-failed", `The store in ${folder} cannot be opened: ${reason}.`, {
    cause: error,
  });
}

/** Opens what looks sound, and holds it against what is known of it. */
async function openSound(dataDir: string, folder: string, traces: Traces): Promise<Sound> {
  const created = traces.marker !== "absent" || traces.commitFile !== "absent";
  const level = new Level(folder, { createIfMissing: !created });
  try {
    await level.open();
  } catch (error) {
    throw levelFailure(error, folder);
  }
  try {
    const storeId = await identify(level, folder, created);
    const mark = markOf(traces);
    if (storeId === undefined)
      throw refusal(dataDir, [mark ? lossOf(0, mark.number) : "nothing is left of what was in it"]);
    // The id in the commit file has a checksum: when there is one, a marker that differs is damaged.
    const known = mark?.storeId ?? (typeof traces.marker === "object" ? traces.marker.id : storeId);
    if (known !== storeId) throw refusal(dataDir, [`${folder} is another store than the one that was here`]);
    const reached = await readCommitNumber(level);
    if (mark && (reached ?? 0) < mark.number) throw refusal(dataDir, [lossOf(reached, mark.number)]);
    return { level, storeId, commits: reached ?? 0 };
  } catch (error) {
    await level.close();
    throw error;
  }
}

async function openRescued(
  dataDir: string,
  folder: string,
  options: OpenOptions & { readonly traces: Traces; readonly what: readonly string[] },
): Promise<Sound> {
  const { what, traces, report } = options;
  const mark = markOf(traces);
  const commits = mark?.number ?? 0;
  const { level, lost, copy } = await rescue(dataDir, folder, { ...options, commits });
  const storeId = mark?.storeId ?? (typeof traces.marker === "object" ? traces.marker.id : randomUUID());
  await writeIdentity(level, storeId);
  report(
    "error",
    `The store was damaged: ${inWords(what)}. Lost, as far as it can be told: ${inWords(lost) || "nothing but perhaps what was written last"}. ` +
      `As it was it lies in ${copy}. Take "acceptLoss" out of the configuration again.`,
    "loss",
  );
  return { level, storeId, commits };
}

function reportTraces({ marker, commitFile }: Traces, { storeId, commits }: Sound, report: Report): void {
  const replaced = typeof marker === "object" ? marker.id !== storeId : marker === "unreadable";
  if (replaced || (marker === "absent" && commitFile !== "absent"))
    report("warn", "The file store.created was damaged or gone; it is made anew.");
  if (commitFile === "unreadable" || (commitFile === "absent" && commits > 0)) {
    const unknown = "whether the last writes before this start are all there cannot be told";
    report("warn", `The file ${commitFileName} was damaged or gone: ${unknown}. It is made anew.`);
  }
}

async function openLevel(dataDir: string, folder: string, options: OpenOptions) {
  const traces: Traces = { marker: readMarker(dataDir), commitFile: readCommitFile(dataDir) };
  const created = traces.marker !== "absent" || traces.commitFile !== "absent";
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const mark = markOf(traces);
  let what: readonly string[] = [];
  let unchecked: readonly string[] = [];
  if (files.includes("CURRENT")) {
    ({ damage: what, unchecked } = await examine(dataDir, folder, { ...options, mark }));
  } else if (created || files.some((name) => levelFiles.test(name))) {
    // Level would start an empty store over one that has lost its CURRENT.
    what = [`${folder}/CURRENT is missing, without which nothing in it can be read`];
  }
  if (what.length > 0 && !options.acceptLoss) throw refusal(dataDir, what);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  let sound: Sound | undefined;
  if (what.length === 0) {
    try {
      sound = await openSound(dataDir, folder, traces);
    } catch (error) {
      if (!options.acceptLoss || !isDispatchError(error) || error.code !== "store-damaged") throw error;
      what = [error.message];
    }
  }
  sound ??= await openRescued(dataDir, folder, { ...options, traces, what });
  const { level, storeId, commits } = sound;
  try {
    reportTraces(traces, sound, options.report);
    if (typeof traces.marker === "string" || traces.marker.id !== storeId)
      writeWhole(dataDir, "store.created", `${JSON.stringify({ id: storeId })}\n`);
    const fence = await nextFence(level); // synced: what was read above is on disk now
    const commitFile = createCommitFile(dataDir, { number: commits, storeId });
    return { level, fence, commits, commitFile, unchecked };
  } catch (error) {
    await level.close();
    throw error;
  }
}

/**
 * Opens the store of `dataDir`, creating both when there was none yet.
 * @throws `store-locked`, `store-newer`, `store-damaged` or `store-failed`, saying what was found.
 */
export async function openStoreFolder(dataDir: string, options: OpenOptions): Promise<OpenedStore> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const folder = `${dataDir}/store`;
  const lock = await acquireLock(dataDir, options.now);
  try {
    const opened = await openLevel(dataDir, folder, options);
    if (!lock.held()) {
      await opened.level.close();
      opened.commitFile.close();
      throw dispatchError("store-locked", `Another process uses ${dataDir}.`);
    }
    const tighten = (): void => {
      for (const name of readdirSync(folder)) {
        try {
          chmodSync(`${folder}/${name}`, 0o600);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error; // level removed it meanwhile
        }
      }
    };
    tighten();
    const release = (): void => {
      opened.commitFile.close();
      lock.release();
    };
    return { ...opened, tighten, release };
  } catch (error) {
    lock.release();
    throw isDispatchError(error) ? error : levelFailure(error, folder);
  }
}
