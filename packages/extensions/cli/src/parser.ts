/** From the table of commands to commander: arguments, options, help and error texts. */
import { InvalidArgumentError, Option, Command as Parser } from "commander";
import type { Command, CommandOption, GlobalOptions } from "./ports.ts";
import type { Terminal } from "./terminal.ts";

export interface Invocation {
  readonly command: Command;
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly globals: GlobalOptions;
}

/** `invoke` is called for the command that was named; help and wrong usage throw commander's own error. */
export function createParser(
  commands: readonly { readonly name: string; readonly value: Command }[],
  terminal: Terminal,
  invoke: (invocation: Invocation) => Promise<void>,
): Parser {
  const parser = new Parser("dispatch")
    .description("Conversations with agents that keep running when you leave.")
    .version(terminal.version)
    .option("--server <url>", "address of the server (default: the one of this data folder)")
    .option("--data-dir <path>", "data folder (default: the platform's, or DISPATCH_DATA_DIR)")
    .option("--no-start", "do not start a server when there is none")
    .option("--json", "print JSON (NDJSON when streaming)")
    .option("--no-color", "print without colours; NO_COLOR does the same")
    .helpCommand("help [command]", "show the help of a command")
    .showHelpAfterError("(dispatch --help lists the commands)")
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text.replace(/^error: /, "dispatch: ")),
      getOutHelpWidth: () => terminal.stdout.columns ?? 100,
      getErrHelpWidth: () => terminal.stderr.columns ?? 100,
    });
  for (const { name, value } of commands) addCommand(parser, name, value, invoke);
  return parser;
}

function addCommand(
  parser: Parser,
  name: string,
  command: Command,
  invoke: (invocation: Invocation) => Promise<void>,
): void {
  const sub = parser.command(name, { hidden: command.hidden === true }).description(command.summary);
  if (command.arguments) sub.arguments(command.arguments);
  for (const option of command.options ?? []) sub.addOption(toOption(option));
  if (command.examples)
    sub.addHelpText("after", ["\nExamples:", ...command.examples.map((line) => `  ${line}`)].join("\n"));
  sub.action(async () => {
    const { server, dataDir, start, json, color } = parser.opts();
    const globals: GlobalOptions = { server, dataDir, start, json: json === true, color };
    await invoke({ command, args: sub.args, options: sub.opts(), globals });
  });
}

function toOption({ flags, description, choices, repeatable, integer }: CommandOption): Option {
  const option = new Option(flags, description);
  if (choices) option.choices([...choices]);
  if (integer) option.argParser(parseInteger);
  if (repeatable)
    option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
  return option;
}

function parseInteger(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}
