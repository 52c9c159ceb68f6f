/** The result of a command, as the model reads it: what it printed, then one line in parentheses on how it ended. */
import type { ToolOutput } from "@dispatch/kernel";
import type { Kept } from "./head-tail.ts";
import { codeOf, Refusal } from "./refusal.ts";
import type { ProcessEnd } from "./run-process.ts";

/** `rejected`: names of the environment that were not passed on. Everything but exit code 0 is an error. */
export function presentResult(
  kept: Kept,
  end: ProcessEnd,
  timeoutMs: number,
  rejected: readonly string[],
): ToolOutput {
  const { text, cut } = textOf(kept);
  const facts = [
    ...(text === "" ? ["no output"] : []),
    howItEnded(end, timeoutMs),
    ...(rejected.length > 0 ? [`environment not passed on: ${rejected.join(", ")}`] : []),
  ];
  const output = `${onOwnLine(text)}(${facts.join("; ")})`;
  const isError = end.cause !== "exit" || end.code !== 0;
  return { output, ...(isError && { isError }), ...(cut && { truncated: cut }) };
}

/** What was printed, with a line in place of what was left out. */
export function textOf({ head, tail, omitted }: Kept): { text: string; cut: boolean } {
  if (omitted === 0) return { text: head, cut: false };
  return { text: `${onOwnLine(head)}[… ${omitted} bytes left out …]\n${tail}`, cut: true };
}

export const onOwnLine = (text: string): string => (text === "" || text.endsWith("\n") ? text : `${text}\n`);

export function howItEnded({ cause, code, signal }: ProcessEnd, timeoutMs: number): string {
  switch (cause) {
    case "timeout":
      return `stopped: it took longer than ${timeoutMs} ms`;
    case "aborted":
      return "aborted";
    case "exit":
      return signal === null ? `exit code ${code}` : `killed by ${signal}`;
  }
}

/** What to say when a command could not be started; an error which is not about that comes back as it is. */
export function explainStart(error: unknown, argv: readonly string[]): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  const [command = ""] = argv;
  const said = sentences[code] ?? `could not be started (${code}).`;
  const asLine = argv.length === 1 && /\s/.test(command);
  const hint = asLine ? ' Give each argument as an item of its own: ["git", "status"].' : "";
  return new Refusal(`"${command}" ${said}${hint}`);
}

const sentences: Readonly<Record<string, string>> = {
  ENOENT:
    "was not found: there is no such program in PATH or at that path (or the interpreter in its first line is missing). " +
    "There is no shell here: built-ins, pipes, && and redirections do not work.",
  EACCES: "cannot be run: it is not an executable file.",
  EPERM: "cannot be run: permission denied.",
  ENOEXEC:
    "cannot be run: it is neither a program nor a script with a first line that names its interpreter.",
  E2BIG: "cannot be run: the arguments and the environment are too long together.",
  EAGAIN: "cannot be run now: the system has no room for more processes. Try again.",
  EMFILE: "cannot be run now: the server has too many files open. Try again.",
  ENOMEM: "cannot be run now: the system is out of memory.",
};
