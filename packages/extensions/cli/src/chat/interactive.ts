/** A conversation at the keyboard: a line, a turn, a line, until /exit, Ctrl-D or Ctrl-C at an empty prompt. */
import { createInterface } from "node:readline";
import { exitCodes } from "../exit-codes.ts";
import type { Terminal } from "../terminal.ts";

export interface InteractiveOptions {
  readonly terminal: Terminal;
  readonly prompt: string;
  readonly note: (line: string) => void;
  /** Runs one turn; reports its own failures. */
  readonly send: (message: string) => Promise<void>;
}

type Line =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "interrupt" }
  | { readonly kind: "end" };

export async function runInteractive(options: InteractiveOptions): Promise<number> {
  const { terminal, prompt, note } = options;
  const history: string[] = [];
  let leaving = false;
  let sending = false;
  let missed = false; // a Ctrl-C between two prompts, when the terminal makes a signal of it
  const undo = terminal.onInterrupt(() => {
    missed = !sending;
  });

  function next(): Promise<Line> {
    if (!missed) return readLine(terminal, prompt, history);
    missed = false;
    return Promise.resolve({ kind: "interrupt" });
  }
  async function send(text: string): Promise<void> {
    sending = true;
    await options.send(text);
    sending = false;
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

/** One interface a line: while a turn runs the terminal is not in raw mode, so that Ctrl-C is a signal again. */
function readLine(terminal: Terminal, prompt: string, history: string[]): Promise<Line> {
  return new Promise((resolve) => {
    const reader = createInterface({
      input: terminal.stdin,
      output: terminal.stdout,
      terminal: true,
      history: [...history],
      historySize: 500,
    });
    let line: Line = { kind: "end" };
    const settle = (read: Line) => {
      line = read;
      reader.close();
    };
    reader.on("history", (lines: string[]) => history.splice(0, history.length, ...lines));
    reader.on("line", (text) => settle({ kind: "text", text }));
    reader.on("SIGINT", () => settle({ kind: "interrupt" }));
    reader.on("close", () => {
      if (line.kind !== "text") terminal.stdout.write("\n");
      resolve(line);
    });
    reader.setPrompt(prompt);
    reader.prompt();
  });
}
