/** The tool `read_file`: the text of a file, whole or a range of its lines. */
import type { FileHandle } from "node:fs/promises";
import { defineTool, type ToolOutput } from "@dispatch/kernel";
import * as z from "zod";
import { looksBinary, sampleBytes } from "./binary.ts";
import { findBounds } from "./bounds.ts";
import type { FileToolSettings } from "./manifest.ts";
import { notAFile, type Opened, openFile } from "./open-contained.ts";
import { type LineRange, type LinesRead, readLines } from "./read-lines.ts";
import { answering, explain, Refusal } from "./refusal.ts";
import { resolveInside } from "./resolve-inside.ts";

/** One below what a turn keeps of a tool's result (500 lines), so that its cut never falls into this tool's own. */
const maxLines = 499;

const parameters = z.strictObject({
  path: z.string().min(1).describe("File to read, relative to the working directory."),
  offset: z.int().min(1).optional().describe("First line to read, counted from 1. Default 1."),
  limit: z.int().min(1).optional().describe(`Number of lines to read. At most, and by default, ${maxLines}.`),
});

export const createReadFile = (
  settings: Pick<FileToolSettings, "maxReadBytes" | "maxFileBytes" | "roots" | "hardLinks">,
) =>
  defineTool({
    description:
      "Reads a text file in the working directory and returns its text as it is, without line numbers. " +
      "Long files come in parts: a last line in parentheses says which lines were read and the offset to read on with. " +
      "Folders (use list_files) and binary files are refused.",
    parameters,
    kind: "read",
    concurrencySafe: true,
    repeatable: true,
    target: ({ path }) => path,
    execute: ({ path, offset = 1, limit = maxLines }, { cwd, dirs = [], signal }) =>
      answering(async () => {
        const bounds = await findBounds(cwd, [...settings.roots, ...dirs], settings.hardLinks);
        const { real, stats } = await resolveInside(path, bounds);
        if (!stats.isFile()) throw new Refusal(notAFile(stats, path));
        const file = await openFile(real, bounds);
        try {
          await refuseBinary(file);
          const range = {
            first: offset,
            maxLines: Math.min(limit, maxLines),
            maxBytes: settings.maxReadBytes,
          };
          const countOn = file.size <= settings.maxFileBytes;
          return present(file, range, await readLines(chunksOf(file.handle), range, countOn, signal));
        } catch (error) {
          throw explain(error, file.shown);
        } finally {
          await file.handle.close();
        }
      }),
  });

/** Reads from the file's beginning on; positions are given, so nothing depends on what was read before. */
function chunksOf(handle: FileHandle): (buffer: Uint8Array) => Promise<number> {
  let position = 0;
  return async (buffer) => {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    position += bytesRead;
    return bytesRead;
  };
}

async function refuseBinary(file: Opened): Promise<void> {
  const sample = Buffer.alloc(sampleBytes);
  const { bytesRead } = await file.handle.read(sample, 0, sampleBytes, 0);
  if (looksBinary(sample.subarray(0, bytesRead))) throw binary(file);
}

const binary = (file: Opened): Refusal =>
  new Refusal(`"${file.shown}" is a binary file of ${file.size} bytes: it cannot be shown as text.`);

function present(file: Opened, range: LineRange, read: LinesRead): ToolOutput {
  if (read.lines === 0) {
    if (read.total === 0) return { output: "(empty file)" };
    throw new Refusal(
      `"${file.shown}" has ${plural(read.total ?? 0, "line")}: offset ${range.first} is past its end.`,
    );
  }
  if (looksBinary(read.bytes)) throw binary(file);
  const decoded = new TextDecoder("utf-8", { ignoreBOM: true }).decode(read.bytes);
  const text = range.first === 1 && decoded.startsWith("\uFEFF") ? decoded.slice(1) : decoded;
  const note = noteOf(range, read);
  if (note === undefined) return { output: text };
  const gap = text === "" || text.endsWith("\n") ? "" : "\n";
  return { output: `${text}${gap}(${note})`, truncated: true };
}

/** What was shown and how to see more; undefined when it is the whole file. */
function noteOf(
  { first, maxBytes }: LineRange,
  { lines, lineCut, total, more }: LinesRead,
): string | undefined {
  if (first === 1 && !more) return undefined;
  const last = first + lines - 1;
  const shown = first === last ? `line ${first}` : `lines ${first}–${last}`;
  const of = total === undefined ? "" : ` of ${total}`;
  const cut = lineCut ? `; it is longer than ${maxBytes} bytes and only its beginning is shown` : "";
  const next = total === undefined || last < total ? `; read on with offset ${last + 1}` : "";
  return `${shown}${of}${cut}${next}`;
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
