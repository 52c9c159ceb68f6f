/** What a search found, bounded while it grows. */
import type { ToolOutput } from "@dispatch/kernel";
import type { LineHit } from "./matcher.ts";

/** What a search did not look into. */
export interface Skipped {
  binary: number;
  tooLarge: number;
  unreadable: number;
}

export interface SearchReport {
  /** Matches that still fit; one more is asked for, to know whether there are more. */
  room(): number;
  /** Adds a file's matches; false when the report is full. */
  add(shown: string, hits: readonly LineHit[]): boolean;
  /** `notes`: what else the reader should know. */
  finish(files: number, skipped: Readonly<Skipped>, notes: readonly string[]): ToolOutput;
}

export function createSearchReport(limits: { matches: number; bytes: number }): SearchReport {
  const lines: string[] = [];
  let bytes = 0;
  let full: string | undefined;
  return {
    room: () => limits.matches - lines.length,
    add(shown, hits) {
      for (const hit of hits) {
        const line = `${shown}:${hit.line}: ${windowText(hit)}`;
        bytes += Buffer.byteLength(line) + 1;
        if (lines.length === limits.matches) full = `the first ${limits.matches} matches`;
        else if (bytes > limits.bytes) full = `the first ${lines.length} matches (${limits.bytes} bytes)`;
        if (full !== undefined) return false;
        lines.push(line);
      }
      return true;
    },
    finish(files, skipped, notes) {
      const more =
        full === undefined ? [] : [`${full} are shown, there are more: narrow pattern, path or glob`];
      const left = [
        ["binary", skipped.binary],
        ["too large", skipped.tooLarge],
        ["unreadable", skipped.unreadable],
      ].filter(([, count]) => count !== 0);
      const passed =
        left.length === 0 ? [] : [`skipped: ${left.map(([what, count]) => `${count} ${what}`).join(", ")}`];
      const none = lines.length === 0 ? [`no match in ${files} file${files === 1 ? "" : "s"}`] : [];
      const last = [...none, ...more, ...notes, ...passed];
      const output = [...lines, ...(last.length > 0 ? [`(${last.join("; ")})`] : [])].join("\n");
      return full === undefined && notes.length === 0 ? { output } : { output, truncated: true };
    },
  };
}

/** The text of a hit, with marks where the line goes on; halves of a surrogate pair at the cuts are dropped. */
export function windowText({ text, before, after }: LineHit): string {
  const from = before && /^[\uDC00-\uDFFF]/.test(text) ? 1 : 0;
  const to = after && /[\uD800-\uDBFF]$/.test(text) ? -1 : undefined;
  return `${before ? "…" : ""}${text.slice(from, to)}${after ? "…" : ""}`;
}
