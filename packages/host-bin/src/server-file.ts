/** `server.json`: how command lines find the running server. Present only while it runs; a stale one is ignored. */
import { readFileSync, unlinkSync } from "node:fs";
import { isObject } from "./config/check.ts";
import { writePrivateFile } from "./private-file.ts";

export interface ServerFile {
  readonly pid: number;
  readonly url: string;
  readonly version: string;
  /** Unix ms. */
  readonly startedAt: number;
  /** Flags it was started with, as a restart gives them again. */
  readonly args?: readonly string[];
  /** What it was started with: names of files and variables, with keyed hashes of their contents. */
  readonly fingerprint: Readonly<Record<string, string>>;
}

export const writeServerFile = (path: string, file: ServerFile): Promise<void> =>
  writePrivateFile(path, `${JSON.stringify(file, null, 2)}\n`);

/** Undefined when absent or not readable as one. */
export function readServerFile(path: string): ServerFile | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
  const fits =
    isObject(value) &&
    Number.isSafeInteger(value.pid) &&
    typeof value.url === "string" &&
    isObject(value.fingerprint);
  return fits ? (value as unknown as ServerFile) : undefined;
}

/** Removes the file unless another server has replaced it. At once, so that it also works while the process exits. */
export function removeServerFile(path: string, pid: number): void {
  if (readServerFile(path)?.pid !== pid) return;
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
