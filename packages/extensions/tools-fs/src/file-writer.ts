/** Writing as both tools do it: one at a time per file, on what is really in the file, put into place whole. */
import type { BigIntStats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import type { Bounds } from "./containment.ts";
import type { KeyedQueue } from "./keyed-queue.ts";
import { type Locate, locateHere } from "./locate.ts";
import { openFile } from "./open-contained.ts";
import { putFile } from "./put-file.ts";
import { explain, Refusal } from "./refusal.ts";
import { openTarget, presentFile, type Sought, type Target } from "./target.ts";

export interface FileWriterDeps {
  /** By real path: edits from different conversations do not undo each other. */
  readonly queue: KeyedQueue;
  /** A file name that nothing else has. */
  tempName(): string;
  readonly locate?: Locate;
}

/** The file as it is now. */
export interface Present {
  readonly stats: BigIntStats;
  /** All of it. Throws a Refusal when there are more than `maxBytes`. */
  read(maxBytes: number): Promise<Buffer>;
}

/** Decides on the new content; throws a Refusal to leave the file as it is. `based`: made from what was read. */
export type Decide = (
  present: Present | undefined,
  shown: string,
) => Promise<{ bytes: Uint8Array; based: boolean }>;

export interface FileWriter {
  /** Resolves when the new content is on disk. Throws a Refusal; what was there is then untouched. */
  write(sought: Sought, bounds: Bounds, signal: AbortSignal, decide: Decide): Promise<Written>;
}

export interface Written {
  readonly shown: string;
  /** The file that was replaced. */
  readonly replaced: BigIntStats | undefined;
}

export const createFileWriter = ({ queue, tempName, locate = locateHere }: FileWriterDeps): FileWriter => ({
  write: (sought, bounds, signal, decide) =>
    queue.run(sought.real, async () => {
      signal.throwIfAborted();
      const target = await openTarget(sought, bounds, locate);
      try {
        const stats = await presentFile(target);
        const present = stats && { stats, read: (max: number) => readWhole(target, bounds, locate, max) };
        const { bytes, based } = await decide(present, target.shown);
        const put = { bytes, present: stats, unchanged: based, tempName: tempName(), bounds, locate, signal };
        await putFile(target, put);
        return { shown: target.shown, replaced: stats };
      } finally {
        await target.folder.handle.close();
      }
    }),
});

async function readWhole(target: Target, bounds: Bounds, locate: Locate, maxBytes: number): Promise<Buffer> {
  const { handle, size } = await openFile(target.real, bounds, locate, target.at(target.name));
  try {
    if (size > maxBytes) throw tooLarge(target.shown, maxBytes);
    return await readUpTo(handle, size, maxBytes, target.shown);
  } catch (error) {
    throw explain(error, target.shown);
  } finally {
    await handle.close();
  }
}

/** It may grow while it is read: then up to the limit. */
async function readUpTo(handle: FileHandle, size: number, maxBytes: number, shown: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let total = 0; ; ) {
    const chunk = Buffer.alloc(Math.max(size - total, 65_536) + 1);
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, total);
    if (bytesRead === 0) return Buffer.concat(chunks);
    total += bytesRead;
    if (total > maxBytes) throw tooLarge(shown, maxBytes);
    chunks.push(chunk.subarray(0, bytesRead));
  }
}

const tooLarge = (shown: string, maxBytes: number): Refusal =>
  new Refusal(`"${shown}" is larger than ${maxBytes} bytes: it is too large to be edited in this way.`);
