/** The result as the model reads it: one line of facts, an empty one, the text. Pure. */
import type { ToolOutput } from "@dispatch/kernel";

export interface Shown {
  readonly status: number;
  readonly statusText: string;
  /** Where it was at last. */
  readonly url: string;
  readonly type: string;
  readonly text: string;
  readonly notes: readonly string[];
  readonly maxTextBytes: number;
}

/** Below what a turn keeps of a result (500 lines), so that its cut never falls into this one. */
const maxLines = 490;

/** An error from status 400 on; the text is shown all the same: it often says why. */
export function present({ status, statusText, url, type, text, notes, maxTextBytes }: Shown): ToolOutput {
  const { kept, lines, all } = cutText(text, maxTextBytes);
  const cut = kept.length < text.length;
  const facts = [
    `${status}${statusText === "" ? "" : ` ${statusText}`}`,
    url,
    type === "" ? "no type given" : type,
    ...notes,
    ...(cut ? [`cut: ${lines} of ${all} lines are shown`] : []),
  ];
  const truncated = cut || notes.some((note) => note.startsWith("only the first"));
  return {
    output: `(${facts.join("; ")})\n\n${kept === "" ? "(no text)" : kept}`,
    ...(status >= 400 && { isError: true }),
    ...(truncated && { truncated }),
  };
}

function cutText(text: string, maxBytes: number): { kept: string; lines: number; all: number } {
  const all = text.split("\n");
  const few = all.slice(0, maxLines).join("\n");
  const bytes = Buffer.from(few);
  // Decoding as a stream leaves out a character that is cut off at the end.
  const kept =
    bytes.length <= maxBytes
      ? few
      : new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, maxBytes), { stream: true });
  return { kept, lines: kept.split("\n").length, all: all.length };
}
