/** Runs one command line: parse, connect, run, report. */
import { CommanderError } from "commander";
import { commandError } from "./command-error.ts";
import { createConnections } from "./connect.ts";
import { exitCodes } from "./exit-codes.ts";
import { createParser, type Invocation } from "./parser.ts";
import type { Command, Program, Servers } from "./ports.ts";
import { reportError } from "./report-error.ts";
import { toCommand } from "./server-commands/to-command.ts";
import { targetOf, wantsServerCommands } from "./server-commands/wanted.ts";

export interface ProgramParts {
  /** Asked at every run: extensions may have added some. */
  commands(): readonly { readonly name: string; readonly value: Command }[];
  servers(): Servers | undefined;
}

export function createProgram(parts: ProgramParts): Program {
  /** The own ones, and those of the server's extensions when the command line may mean one. Own ones win. */
  async function commandsFor(args: readonly string[]) {
    const own = parts.commands();
    const names = new Set(own.map(({ name }) => name));
    if (!wantsServerCommands(args, names)) return own;
    const others = (await parts.servers()?.commands(targetOf(args))) ?? [];
    const added = others.filter(({ name }) => !names.has(name) && name !== "help");
    return [...own, ...added.map((info) => ({ name: info.name, value: toCommand(info) }))];
  }

  return {
    async run(args, terminal) {
      let exitCode: number = exitCodes.ok;
      let json = args.includes("--json"); // until the parser has said so

      try {
        const commands = await commandsFor(args);
        const invoke = async ({ command, args, options, globals }: Invocation): Promise<void> => {
          json = globals.json;
          const servers = parts.servers();
          if (!servers)
            throw commandError("Nothing here can find or start a server.", {
              fix: "Run the `dispatch` program.",
            });
          const call = { args, options, globals, terminal, servers, commands };
          const connections = createConnections(call);
          try {
            exitCode = (await command.run({ ...call, ...connections })) ?? exitCodes.ok;
          } finally {
            connections.close();
          }
        };
        const parser = createParser(commands, terminal, invoke);
        if (args.length === 0) {
          parser.outputHelp({ error: true });
          return exitCodes.usage;
        }
        await parser.parseAsync([...args], { from: "user" });
        return exitCode;
      } catch (error) {
        if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage; // it has printed
        return reportError(error, terminal, { json });
      }
    },
  };
}
