/** From a contribution to what the table says of it, or why it cannot be one: what a command line could not show or parse. */
import { type CommandInfo, commandLimits, commandName } from "@dispatch/wire";
import type { ServerCommand } from "./ports.ts";
import { readArguments, readFlags } from "./signature.ts";

/** Flags that every command has on the command line. */
const taken: ReadonlySet<string> = new Set([
  "server",
  "data-dir",
  "no-start",
  "start",
  "json",
  "no-color",
  "color",
  "help",
  "version",
]);

export type Described = { readonly info: CommandInfo } | { readonly wrong: string };

export function describeCommand(name: string, command: ServerCommand, extension: string): Described {
  const wrong = wrongWith(name, command);
  if (wrong !== undefined) return { wrong };
  const { summary, arguments: given, options, examples } = command;
  return {
    info: {
      name,
      summary,
      ...(given === undefined || given === "" ? {} : { arguments: given }),
      ...(options === undefined || options.length === 0
        ? {}
        : {
            options: options.map(({ flags, description, choices }) => ({
              flags,
              description,
              ...(choices === undefined ? {} : { choices: [...choices] }),
            })),
          }),
      ...(examples === undefined || examples.length === 0 ? {} : { examples: [...examples] }),
      extension,
    },
  };
}

function wrongWith(name: string, command: ServerCommand): string | undefined {
  const { summary, options = [], examples = [], run, scope } = command;
  if (!commandName.safeParse(name).success)
    return `the name "${name}" is not lower case letters, digits and dashes, at most 40`;
  if (typeof run !== "function") return "it has no `run`";
  if (!["read", "write", "approve", "admin"].includes(scope)) return `"${scope}" is no scope`;
  if (options.length > commandLimits.options) return `more than ${commandLimits.options} options`;
  if (examples.length > commandLimits.examples) return `more than ${commandLimits.examples} examples`;
  const lines = [
    summary,
    command.arguments ?? "",
    ...examples,
    ...options.flatMap(({ flags, description, choices = [] }) => [flags, description, ...choices]),
  ];
  for (const line of lines) {
    if (typeof line !== "string") return "a text of it is no string";
    if (line.length > commandLimits.line)
      return `a line of it has more than ${commandLimits.line} characters`;
  }
  if (!readArguments(command.arguments))
    return `its arguments "${command.arguments}" are not of the form "<id> [text...]": required ones first, one with dots last`;
  return wrongOptions(command);
}

function wrongOptions({ options = [] }: ServerCommand): string | undefined {
  const seen = new Set<string>();
  for (const { flags, choices = [] } of options) {
    const read = readFlags(flags);
    if (!read) return `the flags "${flags}" are not of the form "-n, --limit <count>"`;
    if (taken.has(read.long)) return `--${read.long} is a flag of every command`;
    if (choices.length > 64) return `--${read.long} has more than 64 choices`;
    for (const name of [read.key, read.short ?? read.key]) {
      if (seen.has(name) && name !== read.key) return `the flag -${name} is there twice`;
    }
    if (seen.has(read.key)) return `the flag --${read.long} is there twice`;
    seen.add(read.key);
    if (read.short !== undefined) seen.add(read.short);
  }
  return undefined;
}
