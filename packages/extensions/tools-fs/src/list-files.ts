/** The tool `list_files`: one folder, or with a glob everything below it that matches. */
import { defineTool } from "@dispatch/kernel";
import * as z from "zod";
import { taken } from "./batches.ts";
import { findBounds } from "./bounds.ts";
import { type Bounds, shownPath } from "./containment.ts";
import type { Deadlines } from "./deadlines.ts";
import { compileGlob, maxGlobLength } from "./glob.ts";
import type { FileToolSettings } from "./manifest.ts";
import { startMatcher } from "./matcher.ts";
import { maxEntries, readFolder } from "./read-folder.ts";
import { answering, Refusal } from "./refusal.ts";
import { resolveInside } from "./resolve-inside.ts";
import { type WalkLoss, walk } from "./walk.ts";

const parameters = z.strictObject({
  path: z
    .string()
    .min(1)
    .optional()
    .describe("Folder to list, relative to the working directory. Default: that itself."),
  glob: z
    .string()
    .min(1)
    .max(maxGlobLength)
    .optional()
    .describe(
      'Lists everything below the folder that matches, for example "src/**/*.ts", relative to the folder. ' +
        'Without a slash it is about names at any depth: "*.md".',
    ),
});

interface Listing {
  readonly lines: readonly string[];
  /** Why lines are missing. */
  readonly notes: readonly string[];
}

type Limits = Pick<FileToolSettings, "listLimit" | "searchTimeMs" | "roots" | "hardLinks">;

export const createListFiles = (settings: Limits, deadlines: Deadlines) =>
  defineTool({
    description:
      "Lists files: one path per line, relative to the working directory, folders with a slash at their end, sorted. " +
      "Without a glob one folder, hidden files too. With a glob the whole tree below it, without what .gitignore " +
      "leaves out and without node_modules and .git. Symbolic links are listed but not followed. " +
      "A last line in parentheses says so when there is more.",
    parameters,
    kind: "read",
    concurrencySafe: true,
    repeatable: true,
    target: ({ path = ".", glob }) => (glob === undefined ? path : `${path} ${glob}`),
    execute: ({ path = ".", glob }, { cwd, dirs = [], signal }) =>
      answering(async () => {
        const bounds = await findBounds(cwd, [...settings.roots, ...dirs], settings.hardLinks);
        const { real, stats } = await resolveInside(path, bounds);
        if (!stats.isDirectory()) throw new Refusal(`"${path}" is not a folder: use read_file to read it.`);
        const { lines, notes } =
          glob === undefined
            ? await listFolder(real, bounds, settings)
            : await listTree(real, glob, bounds, settings, deadlines, signal);
        const none = glob === undefined ? "empty folder" : "nothing matches";
        const last = notes.length > 0 ? notes : lines.length === 0 ? [none] : [];
        const output = [...lines, ...(last.length > 0 ? [`(${last.join("; ")})`] : [])].join("\n");
        return notes.length > 0 ? { output, truncated: true } : { output };
      }),
  });

async function listFolder(real: string, bounds: Bounds, { listLimit }: Limits): Promise<Listing> {
  const { entries, cut } = await readFolder(real, bounds);
  const base = shownPath(real, bounds);
  const prefix = base === "." ? "" : `${base}/`;
  const all = entries.filter(({ name }) => name !== ".git");
  const lines = all
    .slice(0, listLimit)
    .map(({ name, kind }) => prefix + name + (kind === "folder" ? "/" : ""));
  if (cut)
    return {
      lines,
      notes: [`more than ${maxEntries} entries, of which ${lines.length} are listed: give a glob`],
    };
  if (all.length > listLimit)
    return { lines, notes: [`${listLimit} of ${all.length} entries are listed: give a glob`] };
  return { lines, notes: [] };
}

async function listTree(
  real: string,
  glob: string,
  bounds: Bounds,
  { listLimit, searchTimeMs }: Limits,
  deadlines: Deadlines,
  caller: AbortSignal,
): Promise<Listing> {
  const compiled = compileGlob(glob);
  const deadline = deadlines.start(caller, searchTimeMs);
  const matcher = startMatcher({ glob: compiled, maxText: 0, signal: deadline.signal });
  const loss: WalkLoss = { unreadable: 0, cut: 0 };
  const lines: string[] = [];
  try {
    for await (const { shown, kind } of taken(walk(real, bounds, loss, deadline.signal), matcher)) {
      if (lines.length === listLimit) {
        return {
          lines,
          notes: [`the first ${listLimit} matches are listed: narrow path or glob`, ...losses(loss)],
        };
      }
      lines.push(kind === "folder" ? `${shown}/` : shown);
    }
    return { lines, notes: losses(loss) };
  } catch (error) {
    if (!deadline.passed()) throw error;
    return { lines, notes: [`stopped after ${searchTimeMs} ms: narrow path or glob`, ...losses(loss)] };
  } finally {
    deadline.end();
    await matcher.close();
  }
}

/** What a walk left out, for the note at the end. */
export function losses({ unreadable, cut }: WalkLoss): string[] {
  const notes: string[] = [];
  if (unreadable > 0) notes.push(`folders that could not be read: ${unreadable}`);
  if (cut > 0) notes.push(`folders too deep or too large to be read in full: ${cut}`);
  return notes;
}
