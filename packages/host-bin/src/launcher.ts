/**
 * The program's own extension for the command line: `serve`, what looks at this computer, and the service that finds and starts
 * servers. Everything it does is loaded when it is used, so that `--help` stays fast.
 */
import { type Command, commands, type Servers, servers } from "@dispatch/cli/ports";
import { defineExtension, defineManifest } from "@dispatch/kernel";
import type { ExtensionSource } from "@dispatch/kernel/host";
import { doctorCommand, logsCommand } from "./local-commands.ts";
import type { ServersContext } from "./servers/context.ts";

const manifest = defineManifest({
  id: "launcher",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "Starts, finds and stops servers.",
  contributes: { points: { "cli/commands": ["doctor", "logs", "serve"] }, services: ["cli/servers"] },
});

interface ServeFlags {
  readonly port?: number;
  readonly host?: string;
  readonly config?: string;
  readonly approvals?: string;
  readonly ext?: readonly string[];
}

const serveCommand: Command = {
  summary: "run the server in this terminal",
  options: [
    { flags: "--port <n>", description: "port; 0 = any free one (default: 24203)", integer: true },
    { flags: "--host <address>", description: "address to listen at (default: 127.0.0.1)" },
    { flags: "--config <file>", description: "configuration file in place of your own" },
    {
      flags: "--approvals <mode>",
      description: "what tools may do unasked",
      choices: ["read-only", "ask", "workspace", "full"],
    },
    {
      flags: "--ext <file>",
      description: "run this extension too: .ts, .js or .mjs; its code gets all it asks for",
      repeatable: true,
    },
    { flags: "--verbose", description: "print the log, with details" },
  ],
  async run({ terminal, globals, options }) {
    const { serve } = await import("./serve.ts");
    const { env, cwd, version, stdout, stderr } = terminal;
    const { port, host, config, approvals, ext = [] } = options as ServeFlags;
    const flags = {
      port,
      host,
      config,
      approvals,
      ext,
      dataDir: globals.dataDir,
      verbose: options.verbose === true,
    };
    return serve({ env, cwd, version, stdout, stderr, ...flags });
  },
};

export function createServers(context: ServersContext): Servers {
  return {
    find: async (target) => (await import("./servers/find.ts")).findServer(context, target),
    ensure: async (target, progress) =>
      (await import("./servers/start.ts")).ensureServer(context, target, progress),
    restart: async (target, options) =>
      (await import("./servers/start.ts")).restartServer(context, target, options),
    stop: async (target, options) => (await import("./servers/stop.ts")).stopServer(context, target, options),
    commands: async (target) => (await import("./servers/commands.ts")).contributedCommands(context, target),
    setup: async (target) => (await import("./servers/setup.ts")).localSetup(context, target),
  };
}

export function launcherExtension(context: ServersContext): ExtensionSource {
  const extension = defineExtension(manifest, (host) => {
    host.contribute(commands, "doctor", doctorCommand(context));
    host.contribute(commands, "logs", logsCommand(context));
    host.contribute(commands, "serve", serveCommand);
    host.provide(servers, createServers(context));
  });
  return { manifest, trust: "bundled", load: () => extension };
}
