/** Runs one command line: parse, connect, run, report. */
import { CommanderError } from "commander";
import { commandError } from "./command-error.ts";
import { createConnections } from "./connect.ts";
import { exitCodes } from "./exit-codes.ts";
import { createParser, type Invocation } from "./parser.ts";
import type { Command, Program, Servers } from "./ports.ts";
import { reportError } from "./report-error.ts";

export interface ProgramParts {
  /** Asked at every run: extensions may have added some. */
  commands(): readonly { readonly name: string; readonly value: Command }[];
  servers(): Servers | undefined;
}

export function createProgram(parts: ProgramParts): Program {
  return {
    async run(args, terminal) {
      let exitCode: number = exitCodes.ok;
      let json = args.includes("--json"); // until the parser has said so

      async function invoke({ command, args, options, globals }: Invocation): Promise<void> {
        json = globals.json;
        const servers = parts.servers();
        if (!servers)
          throw commandError("Nothing here can find or start a server.", {
            fix: "Run the `dispatch` program.",
          });
        const call = { args, options, globals, terminal, servers, commands: parts.commands() };
        const connections = createConnections(call);
        try {
          exitCode = (await command.run({ ...call, ...connections })) ?? exitCodes.ok;
        } finally {
          connections.close();
        }
      }

      try {
        const parser = createParser(parts.commands(), terminal, invoke);
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
