/** Runs one command line: the kernel's host with the preset `cli`, then the program which that provides. */
import { program as programService, type Terminal } from "@dispatch/cli/ports";
import { createHost, type ExtensionSource } from "@dispatch/kernel/host";
import { launcherExtension } from "./launcher.ts";
import { nodeClock } from "./node-services/clock.ts";
import { satisfies } from "./node-services/satisfies.ts";
import { createCompileSchema } from "./node-services/schemas/compile-schema.ts";
import { bundledExtensions } from "./packages.ts";
import { cliPreset } from "./presets.ts";
import type { ServersContext } from "./servers/context.ts";
import { startError } from "./start-error.ts";

export interface CommandLineOptions extends Pick<ServersContext, "program" | "times"> {
  readonly args: readonly string[];
  readonly terminal: Terminal;
  /** Default: the preset `cli`. */
  readonly bundled?: readonly ExtensionSource[];
}

/** The exit code. Rejects only when the command line itself cannot run. */
export async function runCommandLine({
  args,
  terminal,
  bundled,
  ...rest
}: CommandLineOptions): Promise<number> {
  const { env, cwd, version } = terminal;
  const host = createHost({
    clock: nodeClock,
    log: ({ level, message }) => {
      if (level === "error") terminal.stderr.write(`dispatch: ${message}\n`);
    },
    compileSchema: createCompileSchema(),
    satisfies,
    secrets: { resolve: () => undefined }, // secrets are the server's
    settings: () => undefined,
  });
  for (const source of bundled ?? (await bundledExtensions(cliPreset))) host.add(source);
  host.add(launcherExtension({ env, cwd, version, ...rest }));
  try {
    const { problems } = await host.start();
    const program = host.find(programService);
    if (!program) throw startError(problems[0]?.message ?? "The command line could not be loaded.");
    return await program.run(args, terminal);
  } finally {
    await host.stop();
  }
}
