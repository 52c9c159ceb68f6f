/** Boots a server inside this process: the kernel's host with the preset's extensions, ready to serve or not at all. */
import { createHost, type ExtensionSource, type Host } from "@dispatch/kernel/host";
import { listener } from "@dispatch/transport-http/ports";
import { watchActivations } from "./boot-failure.ts";
import type { ResolvedConfig } from "./config/types.ts";
import { settingsFor, toldConfig } from "./host-settings.ts";
import { nodeClock } from "./node-services/clock.ts";
import { openLogFile } from "./node-services/log-file.ts";
import { createLogger, type LogEntry } from "./node-services/logger.ts";
import { satisfies } from "./node-services/satisfies.ts";
import { createCompileSchema } from "./node-services/schemas/compile-schema.ts";
import { configuredSecrets } from "./node-services/secrets.ts";
import { bundledExtensions } from "./packages.ts";
import { dataPaths, type Environment } from "./paths.ts";
import { serverPreset } from "./presets.ts";
import { privateFolder } from "./private-file.ts";
import { startError } from "./start-error.ts";
import { ensureToken } from "./token.ts";
import { readVersion } from "./version.ts";

export interface BootOptions {
  readonly config: ResolvedConfig;
  /** Absolute. Created when absent; made private. */
  readonly dataDir: string;
  readonly env: Environment;
  /** Default: the preset `server`. */
  readonly bundled?: readonly ExtensionSource[];
  /** More extensions beside the bundled ones. */
  readonly extra?: readonly ExtensionSource[];
  /** Log lines of every level go here too. */
  readonly verbose?: ((line: string) => void) | undefined;
}

export interface RunningServer {
  readonly host: Host;
  readonly url: string;
  readonly port: number;
  readonly token: string;
  readonly log: LogEntry;
  /** Takes known secrets out of a text. */
  readonly redact: (text: string) => string;
  /** Stops every extension, dependents first. Again: the same promise. */
  stop(): Promise<void>;
}

function unusableFolder(dir: string, error: unknown): Error {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error as Error;
  return startError(`The data folder ${dir} cannot be used: ${code}.`, {
    fix: "It must be a folder in which you may write, or one that can be made: see --data-dir and DISPATCH_DATA_DIR.",
    cause: error,
  });
}

/**
 * Resolves when the server answers. Rejects with a `StartError` that says why it cannot, with nothing left running.
 * @example
 * const { url, stop } = await bootServer({ config, dataDir, env: process.env });
 */
export async function bootServer(options: BootOptions): Promise<RunningServer> {
  const { config: resolved, env } = options;
  const { config } = resolved;
  const paths = dataPaths(options.dataDir);
  const version = readVersion();
  await privateFolder(paths.dir).catch((error: unknown) => {
    throw unusableFolder(paths.dir, error);
  });
  const token = await ensureToken(paths.token);
  const bundled = options.bundled ?? (await bundledExtensions(serverPreset));
  const watched = watchActivations([...bundled, ...(options.extra ?? [])]);

  const secrets = configuredSecrets(config, env);
  secrets.remember(token);
  const logFile = openLogFile({ path: paths.log });
  const { verbose } = options;
  const log = createLogger({
    level: verbose ? "debug" : "info",
    now: nodeClock.now,
    redact: secrets.redact,
    sinks: verbose ? [logFile.write, verbose] : [logFile.write],
  });

  const told = toldConfig(resolved, paths, secrets.redact);
  const host = createHost({
    clock: nodeClock,
    log,
    compileSchema: createCompileSchema(),
    satisfies,
    secrets,
    redaction: secrets.redaction,
    settings: (id) => settingsFor(id, config, paths, version, told),
    disabled: (id) =>
      config.extensions[id]?.enabled === false ? "disabled by the configuration" : undefined,
    // Local: somebody named the file on the command line, and was told what it asks for.
    granted: (id, trust) => (trust === "external" ? (config.extensions[id]?.grant ?? []) : "all"),
  });
  for (const source of watched.sources) host.add(source);

  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= host.stop().finally(logFile.close);
    return stopping;
  };
  const report = await host.start();
  for (const warning of resolved.warnings) log({ level: "warn", extensionId: "host", message: warning });
  const listening = host.find(listener);
  if (!listening) {
    const failure = watched.failure(host, secrets.redact);
    await stop();
    throw failure;
  }
  const fields = {
    url: listening.url,
    bootMs: Math.round(report.durationMs),
    extensions: report.extensions.length,
  };
  log({ level: "info", extensionId: "host", message: "ready", fields });
  return { host, url: listening.url, port: listening.port, token, log, redact: secrets.redact, stop };
}
