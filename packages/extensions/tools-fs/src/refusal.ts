/**
 * A refusal is a sentence for the model: it becomes the tool's result, marked as an error. Everything else that is
 * thrown is a fault of ours and goes on to the kernel.
 */
import type { ToolOutput } from "@dispatch/kernel";
import type { Place } from "./containment.ts";

export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** Runs a tool's work and turns a refusal into its result. */
export async function answering(work: () => Promise<ToolOutput>): Promise<ToolOutput> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) return { output: error.message, isError: true };
    throw error;
  }
}

export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

/** What the operating system said about `shown`, as a refusal; errors that are not about a path come back as they are. */
export function explain(error: unknown, shown: string): unknown {
  const said = sentences[codeOf(error) ?? ""];
  return said === undefined ? error : new Refusal(`"${shown}" ${said}`);
}

const sentences: Readonly<Record<string, string>> = {
  EACCES: "cannot be opened: permission denied.",
  EPERM: "cannot be opened: permission denied.",
  EBUSY: "cannot be opened now: it is in use.",
  EISDIR: "is a folder, not a file: use list_files.",
  ELOOP: "cannot be opened: its symbolic links lead in a circle, or it was replaced by a link just now.",
  EMFILE: "cannot be opened now: the server has too many files open. Try again.",
  ENFILE: "cannot be opened now: the system has too many files open. Try again.",
  ENAMETOOLONG: "is too long for a path.",
  ENOENT: "does not exist.",
  ENOTDIR: "does not exist: a part of the path before its last name is a file, not a folder.",
  ENXIO: "is not a regular file.",
  EIO: "cannot be used: the disk reports an error.",
  EROFS: "cannot be written: the file system is read-only.",
  ENOSPC: "cannot be written: the disk is full.",
  EDQUOT: "cannot be written: the disk quota is used up.",
  ENOTEMPTY: "cannot be written: it became a folder just now.",
};

/** The refusal of a path that leads where nothing may be read. */
export const outside = (path: string, place: Exclude<Place, "inside">, cwd: string): Refusal =>
  place === "system"
    ? new Refusal(`"${path}" leads to a system folder (/proc, /sys or /dev), in which no files are read.`)
    : new Refusal(
        `"${path}" leads outside the working directory ${cwd}: the file tools keep to what lies in it.`,
      );
