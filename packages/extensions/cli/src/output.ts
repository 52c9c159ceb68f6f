/** What a command prints: results to stdout, remarks and errors to stderr, colours only where they are wanted. */
import pc from "picocolors";
import type { GlobalOptions } from "./ports.ts";
import type { Screen, Terminal } from "./terminal.ts";
import { printable } from "./transcript/printable.ts";

export type Colors = ReturnType<typeof pc.createColors>;

export interface Output {
  readonly colors: Colors;
  /** A line of the result, made safe for a screen and then styled; into a pipe as it is. */
  line(text?: string, style?: (safe: string) => string): void;
  /** The result as JSON, one line. */
  json(value: unknown): void;
  /** A remark on stderr, dim. */
  note(text: string): void;
}

/** NO_COLOR (any value but empty) and `--no-color` switch off; without them a TTY has colours. */
export function wantsColor(
  screen: Screen,
  terminal: Terminal,
  globals: Pick<GlobalOptions, "color">,
): boolean {
  return screen.isTTY === true && globals.color && !terminal.env.NO_COLOR && terminal.env.TERM !== "dumb";
}

export function createOutput(call: { terminal: Terminal; globals: GlobalOptions }): Output {
  const { terminal, globals } = call;
  const errorColors = pc.createColors(wantsColor(terminal.stderr, terminal, globals));
  return {
    colors: pc.createColors(wantsColor(terminal.stdout, terminal, globals)),
    line: (text = "", style = (plain) => plain) =>
      terminal.stdout.write(`${style(terminal.stdout.isTTY ? printable(text) : text)}\n`),
    json: (value) => terminal.stdout.write(`${jsonLine(value)}\n`),
    note: (text) => terminal.stderr.write(`${errorColors.dim(printable(text))}\n`),
  };
}

/** JSON leaves some control characters as they are, which a terminal would take as orders; and those that turn text around. */
export const jsonLine = (value: unknown): string =>
  (JSON.stringify(value) ?? "null").replace(
    /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
