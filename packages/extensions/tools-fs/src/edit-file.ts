/** The tool `edit_file`: replaces a part of a text file, named by its text. */
import { defineTool } from "@dispatch/kernel";
import * as z from "zod";
import { looksBinary, sampleBytes } from "./binary.ts";
import { findBounds } from "./bounds.ts";
import type { FileWriter } from "./file-writer.ts";
import type { FileToolSettings } from "./manifest.ts";
import { describeMissing } from "./missing.ts";
import { answering, Refusal } from "./refusal.ts";
import { maxOccurrences, type Replaced, type Replacement, replaceText, toLf } from "./replace-text.ts";
import { showDiff } from "./show-diff.ts";
import { similarLine } from "./similar-line.ts";
import { seekTarget } from "./target.ts";
import { versionOf } from "./version.ts";
import { storableText } from "./write-file.ts";

const parameters = z.strictObject({
  path: z.string().min(1).describe("File to edit, relative to the working directory."),
  oldText: storableText()
    .min(1)
    .describe("Text to replace, exactly as in the file, with enough around it to occur only once."),
  newText: storableText().describe("Text to put in its place."),
  replaceAll: z
    .boolean()
    .optional()
    .describe("Replace every occurrence. Default: there must be exactly one."),
});

export const createEditFile = (
  settings: Pick<FileToolSettings, "maxWriteBytes" | "roots" | "hardLinks">,
  writer: FileWriter,
) =>
  defineTool({
    description:
      "Replaces a text in a file by another and shows what changed. The text must occur exactly once, unless replaceAll " +
      "is set: otherwise nothing is done, and the lines where it occurs are told. Line ends (LF, CRLF) and a byte order " +
      "mark stay as they are in the file. The result tells the file's new version.",
    parameters,
    kind: "write",
    concurrencySafe: false,
    target: ({ path }) => path,
    execute: ({ path, oldText, newText, replaceAll = false }, { cwd, dirs = [], signal }) =>
      answering(async () => {
        if (toLf(oldText) === toLf(newText)) {
          throw new Refusal("oldText and newText are the same: there is nothing to change.");
        }
        const bounds = await findBounds(cwd, [...settings.roots, ...dirs], settings.hardLinks);
        const sought = await seekTarget(path, bounds);
        if (!sought.exists) throw new Refusal(await describeMissing(sought.asked, path, bounds));
        let edit: Edit | undefined;
        const { shown } = await writer.write(sought, bounds, signal, async (present) => {
          if (present === undefined) throw new Refusal(`"${path}" does not exist any more.`);
          const before = await present.read(settings.maxWriteBytes);
          edit = editBytes(before, { oldText, newText, replaceAll }, path, settings.maxWriteBytes);
          return { bytes: edit.bytes, based: true };
        });
        return { output: present(shown, edit as Edit) };
      }),
  });

interface Edit {
  readonly bytes: Buffer;
  readonly before: string;
  readonly after: string;
  readonly count: number;
}

const mark = "\uFEFF";

function editBytes(bytes: Buffer, replacement: Replacement, path: string, maxBytes: number): Edit {
  const text = decode(bytes, path);
  const start = text.startsWith(mark) ? mark : "";
  const before = text.slice(start.length);
  const replaced = replaceText(before, replacement, maxBytes);
  if (replaced.kind !== "replaced") throw refuse(replaced, before, replacement, path);
  const after = Buffer.from(start + replaced.text);
  if (after.length > maxBytes) throw refuse({ kind: "too-large" }, before, replacement, path);
  return { bytes: after, before, after: replaced.text, count: replaced.count };
}

/** Only what is UTF-8 through and through can be written back without harm to the rest of it. */
function decode(bytes: Buffer, path: string): string {
  if (looksBinary(bytes.subarray(0, sampleBytes))) {
    throw new Refusal(`"${path}" is a binary file of ${bytes.length} bytes: it cannot be edited as text.`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Refusal(`"${path}" is not UTF-8 throughout: an edit would damage the rest of it.`);
  }
}

function refuse(
  why: Exclude<Replaced, { kind: "replaced" }>,
  text: string,
  { oldText }: Replacement,
  path: string,
): Refusal {
  switch (why.kind) {
    case "ambiguous": {
      const lines = `lines ${why.lines.join(", ")}${why.more ? " and further ones" : ""}`;
      return new Refusal(
        `oldText occurs more than once in "${path}" (${lines}). Nothing was changed: give more of the text around the ` +
          "one you mean, or set replaceAll.",
      );
    }
    case "too-large":
      return new Refusal(
        `Replacing every occurrence in "${path}" gives too large a file (or there are more than ${maxOccurrences}).`,
      );
    case "missing": {
      const near = similarLine(toLf(text), toLf(oldText));
      const what = near?.same
        ? "has the text of its first line, perhaps with other blanks or followed by other lines"
        : "is similar";
      const hint = near === undefined ? "" : ` Line ${near.line} ${what}: "${near.text}".`;
      return new Refusal(`oldText does not occur in "${path}". Nothing was changed.${hint}`);
    }
  }
}

function present(shown: string, { bytes, before, after, count }: Edit): string {
  const times = count === 1 ? "1 replacement" : `${count} replacements`;
  const diff = showDiff(before, after) ?? "(too much changed to be shown as a diff)";
  return `Edited "${shown}": ${times}. Version ${versionOf(bytes)}.\n${diff}`;
}
