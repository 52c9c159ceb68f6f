/** Commands that look at this computer and need no server. What they do is loaded when they are run. */
import type { Command } from "@dispatch/cli/ports";
import type { LogLevel } from "@dispatch/kernel/host";
import type { ServersContext } from "./servers/context.ts";

export const doctorCommand = (context: ServersContext): Command => ({
  summary: "check everything that a server needs; 1 when something is wrong",
  options: [{ flags: "--schema", description: "print the JSON Schema of the configuration instead" }],
  async run({ globals, terminal, options }) {
    if (options.schema === true) {
      const [{ publishedSchema }, { bundledExtensions }, { serverPreset }] = await Promise.all([
        import("./config/published-schema.ts"),
        import("./packages.ts"),
        import("./presets.ts"),
      ]);
      const manifests = (await bundledExtensions(serverPreset)).map(({ manifest }) => manifest);
      terminal.stdout.write(`${JSON.stringify(publishedSchema(manifests), null, 2)}\n`);
      return 0;
    }
    const { doctor } = await import("./doctor/doctor.ts");
    return doctor(context, globals, terminal, globals);
  },
});

export const logsCommand = (context: ServersContext): Command => ({
  summary: "show the server's log",
  options: [
    { flags: "-f, --follow", description: "go on until Ctrl-C" },
    {
      flags: "--level <level>",
      description: "this and worse (default: info)",
      choices: ["debug", "info", "warn", "error"],
    },
    {
      flags: "-n, --lines <n>",
      description: "at most this many of what is there (default: 100)",
      integer: true,
    },
  ],
  async run({ globals, terminal, options }) {
    const [{ showLogs }, { pathsOf }] = await Promise.all([
      import("./logs/logs.ts"),
      import("./servers/context.ts"),
    ]);
    const {
      follow = false,
      level = "info",
      lines = 100,
    } = options as {
      follow?: boolean;
      level?: LogLevel;
      lines?: number;
    };
    return showLogs(pathsOf(context, globals), terminal, { follow, level, lines, json: globals.json });
  },
});
