/** A conversation at the keyboard: a line, a turn, a line, until /exit, Ctrl-D or Ctrl-C at an empty prompt. */
import { createInterface } from "node:readline";
import { exitCodes } from "../exit-codes.ts";
import type { Terminal } from "../terminal.ts";
import { createTypeAhead, type TypeAhead } from "./type-ahead.ts";

export interface InteractiveOptions {
  readonly terminal: Terminal;
  readonly prompt: string;
  readonly note: (line: string) => void;
  /** Runs one turn; reports its own failures. `stopped`: by the person, so that nothing may follow by itself. */
  readonly send: (message: string, typeAhead: TypeAhead) => Promise<{ readonly stopped: boolean }>;
}

type Line =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "interrupt" }
  | { readonly kind: "end" };

export async function runInteractive(options: InteractiveOptions): Promise<number> {
  const { terminal, prompt, note } = options;
  const history: string[] = [];
  const typeAhead = createTypeAhead(terminal.stdin);
  /** Lines that were typed before there was a prompt for them. */
  const ahead: string[] = [];
  let rest = ""; // the beginning of one more
  let held = false; // they wait in the prompt for Enter, one by one
  let leaving = false;
  let sending = false;
  let pressed = false; // while a turn ran
  let missed = false; // a Ctrl-C between two prompts, when the terminal makes a signal of it
  const undo = terminal.onInterrupt(() => {
    if (sending) pressed = true;
    else missed = true;
  });

  async function next(): Promise<Line> {
    if (missed) {
      missed = false;
      return { kind: "interrupt" };
    }
    if (ahead.length === 0) held = false;
    const whole = ahead.shift();
    const text = whole ?? rest;
    if (whole === undefined) rest = "";
    const read = await readLine(terminal, prompt, history, { text, enter: whole !== undefined && !held });
    ahead.push(...read.more);
    rest += read.rest;
    return read.line;
  }
  async function send(text: string): Promise<void> {
    sending = true;
    pressed = false;
    typeAhead.listen();
    const { stopped } = await options.send(text, typeAhead);
    typeAhead.release();
    sending = false;
    const typed = typeAhead.take();
    const [first, ...others] = typed.lines;
    if (first !== undefined) {
      ahead.push(rest + first, ...others);
      rest = "";
    }
    rest += typed.rest;
    if (stopped || pressed) hold();
  }
  /** Who stops a turn may have thought better of what was to follow it. */
  function hold(): void {
    if (ahead.length === 0 || held) return;
    held = true;
    const one = ahead.length === 1;
    note(
      `${one ? "a line" : `${ahead.length} lines`} typed meanwhile ${one ? "was" : "were"} not sent; Enter sends ${one ? "it" : "each"}`,
    );
  }

  try {
    note("/exit or Ctrl-D leaves; Ctrl-C stops a running turn");
    for (;;) {
      const line = await next();
      if (line.kind === "end") return exitCodes.ok;
      if (line.kind === "interrupt") {
        if (leaving) return exitCodes.aborted;
        leaving = true;
        note("Ctrl-C again leaves");
        hold();
        continue;
      }
      leaving = false;
      const text = line.text.trim();
      if (text === "") continue;
      if (text === "/exit" || text === "/quit") return exitCodes.ok;
      if (/^\/[a-z]+$/.test(text)) note(`${text} is not a command here; /exit leaves`);
      else await send(text);
    }
  } finally {
    undo();
  }
}

interface Given {
  /** Stands in the prompt already. */
  readonly text: string;
  /** And is taken as it is. */
  readonly enter: boolean;
}

interface Read {
  readonly line: Line;
  /** Lines that came in one piece with it, as a paste does, and the beginning of one. */
  readonly more: readonly string[];
  readonly rest: string;
}

/** One interface a line: while a turn runs the terminal is not in raw mode, so that Ctrl-C is a signal again. */
function readLine(terminal: Terminal, prompt: string, history: string[], given: Given): Promise<Read> {
  if (terminal.stdin.readableEnded && !given.enter)
    return Promise.resolve({ line: { kind: "end" }, more: [], rest: "" });
  return new Promise((resolve) => {
    const reader = createInterface({
      input: terminal.stdin,
      output: terminal.stdout,
      terminal: true,
      history: [...history],
      historySize: 500,
    });
    const lines: string[] = [];
    let interrupted = false;
    reader.on("history", (entries: string[]) => history.splice(0, history.length, ...entries));
    reader.on("line", (text) => {
      lines.push(text);
      // What stands behind it in the same piece is read first: a closed interface would drop it.
      if (lines.length === 1) queueMicrotask(() => reader.close());
    });
    reader.on("SIGINT", () => {
      interrupted = true;
      reader.close();
    });
    reader.on("close", () => {
      const [text, ...more] = lines;
      if (text !== undefined) resolve({ line: { kind: "text", text }, more, rest: reader.line });
      else {
        terminal.stdout.write("\n");
        resolve({ line: { kind: interrupted ? "interrupt" : "end" }, more, rest: "" });
      }
    });
    reader.setPrompt(prompt);
    reader.prompt();
    if (given.text !== "") reader.write(given.text);
    if (given.enter) reader.write(null, { name: "return" });
  });
}
