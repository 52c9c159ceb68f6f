/** What an edit changed, as a small unified diff. */
import { structuredPatch } from "diff";
import { toLf } from "./replace-text.ts";

const maxDiffLines = 120;
const maxLineLength = 300;
/** Looking for the shortest diff of very different texts is given up after this, in ms. */
const diffTimeMs = 200;

/** Hunks without the file names; undefined when the texts differ in too much for it to be shown. */
export function showDiff(before: string, after: string): string | undefined {
  const options = { context: 3, timeout: diffTimeMs };
  const patch = structuredPatch("", "", toLf(before), toLf(after), undefined, undefined, options);
  if (patch === undefined) return undefined;
  const lines = patch.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines: changed }) => [
    `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
    ...changed,
  ]);
  const shown = lines.slice(0, maxDiffLines).map(shorten);
  const rest = lines.length - shown.length;
  return [...shown, ...(rest > 0 ? [`… ${rest} more lines of the diff …`] : [])].join("\n");
}

const shorten = (line: string): string =>
  line.length <= maxLineLength ? line : `${line.slice(0, maxLineLength - 1)}…`;
