/** What a command prints: results to stdout, remarks and errors to stderr, colours only where they are wanted. */
import pc from "picocolors";
import type { GlobalOptions } from "./ports.ts";
import type { Screen, Terminal } from "./terminal.ts";

export type Colors = ReturnType<typeof pc.createColors>;

export interface Output {
  readonly colors: Colors;
  /** A line of the result. */
  line(text?: string): void;
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
    line: (text = "") => terminal.stdout.write(`${text}\n`),
    json: (value) => terminal.stdout.write(`${JSON.stringify(value)}\n`),
    note: (text) => terminal.stderr.write(`${errorColors.dim(text)}\n`),
  };
}
