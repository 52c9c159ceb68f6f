/** Shortens what a tool gave to what a model should read: head and tail stay, a marker says how much went. */
import type { TurnLimits } from "../contracts/turn.ts";
import { headWithin, tailWithin, utf8Length } from "./utf8.ts";

export interface Truncated {
  readonly output: string;
  readonly truncated: boolean;
}

/**
 * Keeps at most `toolResultBytes` (UTF-8) and `toolResultLines` of `output`, half from its head and half from its tail;
 * the marker line between them comes on top. No character is split. What fits is given back as it is.
 *
 * @example truncateOutput("1\n2\n3\n4\n", { toolResultBytes: 1024, toolResultLines: 2 }).output
 * // "1\n[… 2 lines (4 bytes) left out …]\n4\n"
 */
export function truncateOutput(
  output: string,
  limits: Pick<TurnLimits, "toolResultBytes" | "toolResultLines">,
): Truncated {
  const { toolResultBytes: maxBytes, toolResultLines: maxLines } = limits;
  // No character takes more than three bytes per code unit, so short texts are not measured.
  const fits = output.length * 3 <= maxBytes || utf8Length(output) <= maxBytes;
  if (fits && countLines(output) <= maxLines) return { output, truncated: false };

  const headLines = Math.ceil(maxLines / 2);
  const headBytes = Math.ceil(maxBytes / 2);
  const headEnd = Math.min(endOfLine(output, headLines), headWithin(output, headBytes));
  const tailStart = Math.max(
    headEnd,
    startOfLastLines(output, maxLines - headLines),
    tailWithin(output, maxBytes - headBytes),
  );
  const lines = countBreaks(output, headEnd, tailStart);
  const bytes = `${utf8Length(output, headEnd, tailStart)} bytes`;
  const marker = `[… ${lines > 0 ? `${lines} ${lines === 1 ? "line" : "lines"} (${bytes})` : bytes} left out …]\n`;
  const head = output.slice(0, headEnd);
  const gap = head === "" || head.endsWith("\n") ? "" : "\n";
  return { output: head + gap + marker + output.slice(tailStart), truncated: true };
}

function countBreaks(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at !== -1 && at < to; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

const countLines = (text: string): number =>
  countBreaks(text, 0, text.length) + (text === "" || text.endsWith("\n") ? 0 : 1);

/** Index after the line break that ends line `count`, counted from 1. */
function endOfLine(text: string, count: number): number {
  let end = 0;
  for (let line = 0; line < count; line++) {
    const at = text.indexOf("\n", end);
    if (at === -1) return text.length;
    end = at + 1;
  }
  return end;
}

/** Index where the last `count` lines begin; a break at the very end belongs to the last of them. */
function startOfLastLines(text: string, count: number): number {
  let start = text.length;
  for (let line = 0; line < count; line++) {
    const at = start < 2 ? -1 : text.lastIndexOf("\n", start - 2);
    if (at === -1) return 0;
    start = at + 1;
  }
  return start;
}
