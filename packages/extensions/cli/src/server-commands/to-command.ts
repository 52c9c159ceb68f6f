/** A command that an extension of the server contributes, as one of this command line: parsed here, run there. */
import type { CommandAnswer, CommandInfo } from "@dispatch/wire";
import { exitCodes } from "../exit-codes.ts";
import { createOutput } from "../output.ts";
import type { Command, CommandCall } from "../ports.ts";
import { printable } from "../transcript/printable.ts";

export const toCommand = ({ name, summary, arguments: given, options, examples }: CommandInfo): Command => ({
  summary,
  ...(given === undefined ? {} : { arguments: given }),
  ...(options === undefined ? {} : { options }),
  ...(examples === undefined ? {} : { examples }),
  run: (call) => runThere(name, call),
});

async function runThere(name: string, call: CommandCall): Promise<number> {
  const client = await call.connect();
  const leave = new AbortController();
  const off = call.terminal.onInterrupt(() => leave.abort());
  try {
    const body = { args: [...call.args], options: valuesOf(call.options) };
    const answer = await client.runCommand(name, body, leave.signal);
    print(answer, call);
    return answer.exitCode;
  } catch (error) {
    if (leave.signal.aborted) return exitCodes.aborted;
    throw error;
  } finally {
    off();
  }
}

/** Of an answer in a list each item is a line. */
function print({ text, json }: CommandAnswer, call: CommandCall): void {
  const output = createOutput(call);
  if (call.globals.json) for (const item of Array.isArray(json) ? json : [json]) output.json(item ?? null);
  else if (text !== undefined) call.terminal.stdout.write(printable(text));
  else if (json !== undefined && json !== null) output.line(printable(JSON.stringify(json, null, 2)));
}

/** What was given; the parser fills in nothing but the `true` behind a `--no-…`. */
function valuesOf(options: CommandCall["options"]): Record<string, string | boolean> {
  const entries = Object.entries(options).filter(
    (entry): entry is [string, string | boolean] =>
      typeof entry[1] === "string" || typeof entry[1] === "boolean",
  );
  return Object.fromEntries(entries);
}
