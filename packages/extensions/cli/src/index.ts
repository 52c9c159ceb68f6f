/** The command line as an extension: contributes its commands and provides the program that runs all commands. */
import { defineExtension } from "@dispatch/kernel";
import { builtInCommands, commandNames } from "./commands/table.ts";
import { manifest } from "./manifest.ts";
import { commands, program, servers } from "./ports.ts";
import { createProgram } from "./program.ts";

export default defineExtension(manifest, (host) => {
  for (const name of commandNames) host.contribute(commands, name, builtInCommands[name]);
  host.provide(
    program,
    createProgram({ commands: () => host.list(commands), servers: () => host.find(servers) }),
  );
});
