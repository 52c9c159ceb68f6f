/** The tool `write_file`: a file's whole content. */
import { defineTool } from "@dispatch/kernel";
import * as z from "zod";
import { findBounds } from "./bounds.ts";
import type { FileWriter } from "./file-writer.ts";
import type { FileToolSettings } from "./manifest.ts";
import { answering, Refusal } from "./refusal.ts";
import { seekTarget } from "./target.ts";
import { versionOf, versionShape } from "./version.ts";

/** Text that UTF-8 can hold: half a surrogate pair would be stored as something else. */
export const storableText = (): z.ZodString =>
  z.string().refine((text) => !/\p{Surrogate}/u.test(text), "Holds half of a surrogate pair.");

const parameters = z.strictObject({
  path: z.string().min(1).describe("File to write, relative to the working directory. Folders are made."),
  content: storableText().describe("All of the file's text, as it is to be stored."),
  expectedVersion: z
    .string()
    .regex(versionShape)
    .optional()
    .describe("Write only if the file still has this version, as an earlier write or edit reported it."),
});

export const createWriteFile = (
  settings: Pick<FileToolSettings, "maxWriteBytes" | "roots" | "hardLinks">,
  writer: FileWriter,
) =>
  defineTool({
    description:
      "Writes a file in the working directory: a new one, or all of an existing one (use edit_file to change a part). " +
      "It is put into place whole, keeping the mode of what it replaces; other hard links to that keep the old content. " +
      "The result tells the file's version. Links that lead outside, folders and devices are refused.",
    parameters,
    kind: "write",
    concurrencySafe: false,
    target: ({ path }) => path,
    execute: ({ path, content, expectedVersion }, { cwd, dirs = [], signal }) =>
      answering(async () => {
        const bytes = Buffer.from(content);
        if (bytes.length > settings.maxWriteBytes) {
          throw new Refusal(
            `The content is ${bytes.length} bytes; at most ${settings.maxWriteBytes} are written.`,
          );
        }
        const bounds = await findBounds(cwd, [...settings.roots, ...dirs], settings.hardLinks);
        const sought = await seekTarget(path, bounds);
        // Before folders are made.
        if (expectedVersion !== undefined && !sought.exists) throw absent(path, expectedVersion);
        const { shown, replaced } = await writer.write(sought, bounds, signal, async (present) => {
          if (expectedVersion !== undefined) {
            if (present === undefined) throw absent(path, expectedVersion);
            const version = versionOf(await present.read(settings.maxWriteBytes));
            if (version !== expectedVersion) throw changed(path, expectedVersion, version);
          }
          return { bytes, based: expectedVersion !== undefined };
        });
        const size = `${plural(lineCount(content), "line")}, ${plural(bytes.length, "byte")}`;
        const did = replaced === undefined ? "Created" : "Replaced";
        const links =
          replaced !== undefined && replaced.nlink > 1n ? " Its other hard links keep the old content." : "";
        return { output: `${did} "${shown}": ${size}. Version ${versionOf(bytes)}.${links}` };
      }),
  });

const absent = (path: string, expected: string): Refusal =>
  new Refusal(`"${path}" does not exist, but version ${expected} was expected; nothing was written.`);

const changed = (path: string, expected: string, version: string): Refusal =>
  new Refusal(
    `"${path}" has version ${version} now, not ${expected}: it was changed since. Nothing was written; read it again.`,
  );

const lineCount = (text: string): number =>
  text.split("\n").length - (text === "" || text.endsWith("\n") ? 1 : 0);

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
