/** The tool `search_files`: lines that match a regular expression, in one file or in a tree. */
import { defineTool } from "@dispatch/kernel";
import * as z from "zod";
import { batches, taken } from "./batches.ts";
import { looksBinary, sampleBytes } from "./binary.ts";
import { findBounds } from "./bounds.ts";
import { type Bounds, shownPath } from "./containment.ts";
import type { Deadlines } from "./deadlines.ts";
import { compileGlob, maxGlobLength } from "./glob.ts";
import { losses } from "./list-files.ts";
import type { FileToolSettings } from "./manifest.ts";
import { type Matcher, startMatcher } from "./matcher.ts";
import { openFile } from "./open-contained.ts";
import { compilePattern, maxPatternLength } from "./pattern.ts";
import { answering, Refusal } from "./refusal.ts";
import { resolveInside } from "./resolve-inside.ts";
import { createSearchReport, type Skipped } from "./search-report.ts";
import { type Found, type WalkLoss, walk } from "./walk.ts";

/** Larger files are skipped: they are data, not text that somebody wrote. */
const maxSearchedBytes = 2_097_152;
/** Longest text of a line that is shown, in UTF-16 code units. */
const maxText = 300;
const filesAtOnce = 32;

const parameters = z.strictObject({
  pattern: z
    .string()
    .min(1)
    .max(maxPatternLength)
    .describe('JavaScript regular expression, tested on every line. A leading "(?i)" ignores letter case.'),
  path: z
    .string()
    .min(1)
    .optional()
    .describe("File or folder to search, relative to the working directory. Default: that itself."),
  glob: z
    .string()
    .min(1)
    .max(maxGlobLength)
    .optional()
    .describe(
      'Searches only files that match, relative to the folder: "src/**/*.ts", or by name alone: "*.md".',
    ),
});

type Limits = Pick<FileToolSettings, "searchLimit" | "searchTimeMs" | "maxReadBytes" | "roots" | "hardLinks">;

export const createSearchFiles = (settings: Limits, deadlines: Deadlines) =>
  defineTool({
    description:
      'Searches files for lines that match a regular expression. Each match is a line "path:line: text". Skips what ' +
      ".gitignore leaves out, node_modules, .git, binary files and files over 2 MiB; symbolic links are not followed. " +
      "A last line in parentheses says when there is more, or what was skipped.",
    parameters,
    kind: "read",
    concurrencySafe: true,
    repeatable: true,
    target: ({ pattern, path }) => (path === undefined ? pattern : `${pattern} in ${path}`),
    execute: ({ pattern: text, path = ".", glob: globText }, { cwd, dirs = [], signal }) =>
      answering(async () => {
        const pattern = compilePattern(text);
        const glob = globText === undefined ? undefined : compileGlob(globText);
        const bounds = await findBounds(cwd, [...settings.roots, ...dirs], settings.hardLinks);
        const { real, stats } = await resolveInside(path, bounds);
        const folder = stats.isDirectory();
        if (!folder && !stats.isFile()) throw new Refusal(`"${path}" is neither a file nor a folder.`);

        const deadline = deadlines.start(signal, settings.searchTimeMs);
        const matcher = startMatcher({ glob, pattern, maxText, signal: deadline.signal });
        const report = createSearchReport({ matches: settings.searchLimit, bytes: settings.maxReadBytes });
        const skipped: Skipped = { binary: 0, tooLarge: 0, unreadable: 0 };
        const loss: WalkLoss = { unreadable: 0, cut: 0 };
        let searched = 0;
        try {
          const found = folder ? walk(real, bounds, loss, deadline.signal) : only(real, bounds);
          const wanted = folder && glob !== undefined ? taken(found, matcher) : found;
          for await (const batch of batches(filesOf(wanted), filesAtOnce)) {
            const read = await Promise.all(batch.map((file) => readSearchable(file, bounds, skipped)));
            const texts = read.filter((file) => file !== undefined);
            searched += texts.length;
            if (!(await searchTexts(matcher, texts, report))) break;
          }
          return report.finish(searched, skipped, losses(loss));
        } catch (error) {
          if (!deadline.passed()) throw error;
          const late = `stopped after ${settings.searchTimeMs} ms: simplify the pattern, or narrow path or glob`;
          return { ...report.finish(searched, skipped, [late, ...losses(loss)]), isError: true };
        } finally {
          deadline.end();
          await matcher.close();
        }
      }),
  });

async function* only(real: string, bounds: Bounds): AsyncGenerator<Found> {
  const shown = shownPath(real, bounds);
  yield { real, shown, below: shown, kind: "file" };
}

async function* filesOf(found: AsyncIterable<Found>): AsyncGenerator<Found> {
  for await (const entry of found) if (entry.kind === "file") yield entry;
}

interface Searchable {
  readonly shown: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The bytes of a file worth searching; otherwise undefined, and counted. */
async function readSearchable(
  file: Found,
  bounds: Bounds,
  skipped: Skipped,
): Promise<Searchable | undefined> {
  try {
    const { handle, size } = await openFile(file.real, bounds);
    try {
      if (size > maxSearchedBytes) {
        skipped.tooLarge += 1;
        return undefined;
      }
      const buffer = new Uint8Array(size);
      let filled = 0;
      for (let read = -1; filled < size && read !== 0; filled += read) {
        read = (await handle.read(buffer, filled, size - filled, filled)).bytesRead;
      }
      const bytes = filled === size ? buffer : buffer.slice(0, filled);
      if (!looksBinary(bytes.subarray(0, sampleBytes))) return { shown: file.shown, bytes };
      skipped.binary += 1;
      return undefined;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    skipped.unreadable += 1; // gone, changed or closed to us since it was listed
    return undefined;
  }
}

/** False when the report is full. */
async function searchTexts(
  matcher: Matcher,
  texts: readonly Searchable[],
  report: ReturnType<typeof createSearchReport>,
): Promise<boolean> {
  const replies = await matcher.search(
    texts.map(({ bytes }) => bytes),
    report.room() + 1,
  );
  return texts.every(({ shown }, index) => report.add(shown, replies[index] ?? []));
}
