/** The pen of a transcript: answer text on stdout, remarks on stderr, and never both on one line of a shared screen. */
import pc from "picocolors";
import { type Colors, createOutput, wantsColor } from "../output.ts";
import type { GlobalOptions } from "../ports.ts";
import type { Terminal } from "../terminal.ts";
import { printable } from "./printable.ts";

export interface Writer {
  readonly colors: Colors;
  /** Answer text, as it comes. */
  text(piece: string): void;
  /** Reasoning, dim, as it comes; on stderr. */
  reasoning(piece: string): void;
  /** A line of stdout, made safe for a screen and then styled. */
  line(text: string, style?: (safe: string) => string): void;
  /** A remark of one line on stderr. */
  note(line: string): void;
  /** Ends an unfinished line; does nothing at the start of one. */
  endLine(): void;
}

export function createWriter(terminal: Terminal, globals: GlobalOptions): Writer {
  const { colors, note } = createOutput({ terminal, globals });
  const errorColors = pc.createColors(wantsColor(terminal.stderr, terminal, globals));
  const safe = terminal.stdout.isTTY ? printable : (text: string) => text;
  /** Where a line was begun and not ended. */
  let open: "text" | "reasoning" | undefined;

  function put(kind: "text" | "reasoning", piece: string): void {
    if (piece === "") return;
    if (open !== undefined && open !== kind) endLine();
    if (kind === "text") terminal.stdout.write(safe(piece));
    else terminal.stderr.write(errorColors.dim(printable(piece)));
    open = piece.endsWith("\n") ? undefined : kind;
  }

  function endLine(): void {
    if (open === undefined) return;
    (open === "text" ? terminal.stdout : terminal.stderr).write("\n");
    open = undefined;
  }

  return {
    colors,
    text: (piece) => put("text", piece),
    reasoning: (piece) => put("reasoning", piece),
    line(text, style = (plain) => plain) {
      endLine();
      terminal.stdout.write(`${style(safe(text))}\n`);
    },
    note(line) {
      endLine();
      note(printable(line));
    },
    endLine,
  };
}

const nothing = (): void => undefined;

/** Writes nothing: for `--json`, where the transcript is only asked how the turn ended. */
export const silentWriter: Writer = Object.freeze({
  colors: pc.createColors(false),
  text: nothing,
  reasoning: nothing,
  line: nothing,
  note: nothing,
  endLine: nothing,
});
