/** Boots a server inside this process: the kernel's host with the preset's extensions, ready to serve or not at all. */
import { createHost, type ExtensionSource, type Host, nearest } from "@dispatch/kernel/host";
import { listener } from "@dispatch/transport-http/ports";
import type { ResolvedConfig } from "./config/types.ts";
import { settingsFor } from "./host-settings.ts";
import { nodeClock } from "./node-services/clock.ts";
import { createCompileSchema } from "./node-services/compile-schema.ts";
import { openLogFile } from "./node-services/log-file.ts";
import { createLogger, type LogEntry } from "./node-services/logger.ts";
import { satisfies } from "./node-services/satisfies.ts";
import { createSecrets } from "./node-services/secrets.ts";
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
  /** Stops every extension, dependents first. Again: the same promise. */
  stop(): Promise<void>;
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
  await privateFolder(paths.dir);
  const token = await ensureToken(paths.token);
  const sources = [...(options.bundled ?? (await bundledExtensions(serverPreset))), ...(options.extra ?? [])];
  refuseUnknownExtensions(resolved, sources);

  const secrets = createSecrets(env);
  secrets.remember(token);
  for (const { apiKey } of Object.values(config.credentials))
    if (apiKey !== undefined) secrets.resolve(apiKey);
  const logFile = openLogFile({ path: paths.log });
  const { verbose } = options;
  const log = createLogger({
    level: verbose ? "debug" : "info",
    now: nodeClock.now,
    redact: secrets.redact,
    sinks: verbose ? [logFile.write, verbose] : [logFile.write],
  });

  const host = createHost({
    clock: nodeClock,
    log,
    compileSchema: createCompileSchema(),
    satisfies,
    secrets,
    settings: (id) => settingsFor(id, config, paths, version),
    disabled: (id) =>
      config.extensions[id]?.enabled === false ? "disabled by the configuration" : undefined,
    granted: (id, trust) => (trust === "bundled" ? "all" : (config.extensions[id]?.grant ?? [])),
  });
  for (const source of sources) host.add(source);

  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= host.stop().finally(logFile.close);
    return stopping;
  };
  const report = await host.start();
  for (const warning of resolved.warnings) log({ level: "warn", extensionId: "host", message: warning });
  for (const { extensionId, severity, message } of report.problems) {
    log({ level: severity === "error" ? "error" : "warn", extensionId, message });
  }
  const listening = host.find(listener);
  if (!listening) {
    const failure = bootFailure(host);
    await stop();
    throw failure;
  }
  const fields = {
    url: listening.url,
    bootMs: Math.round(report.durationMs),
    extensions: report.extensions.length,
  };
  log({ level: "info", extensionId: "host", message: "ready", fields });
  return { host, url: listening.url, port: listening.port, token, log, stop };
}

/** A name in the configuration that no extension has is a typing mistake: it would silently do nothing. */
function refuseUnknownExtensions(
  { config, values }: ResolvedConfig,
  sources: readonly ExtensionSource[],
): void {
  const known = sources.map(({ manifest }) => manifest.id);
  const wrong = Object.keys(config.extensions).filter((id) => !known.includes(id));
  if (wrong.length === 0) return;
  const lines = wrong.map((id) => {
    const source = values.find(({ path }) => path.startsWith(`extensions.${id}`))?.source ?? "configuration";
    const near = nearest(id, known);
    const hint = near === undefined ? `there are ${known.join(", ")}` : `did you mean "${near}"?`;
    return `${source}: extensions.${id}: no such extension; ${hint}`;
  });
  throw startError(lines.join("\n"), { code: "invalid-config", fix: "Nothing was started." });
}

/** Why nothing listens: what failed by itself, not what had to stay off because of it. */
function bootFailure(host: Host): Error {
  const extensions = host.extensions();
  const failed = extensions.filter(({ state }) => state === "failed");
  const causes = failed.length > 0 ? failed : extensions.filter(({ state }) => state === "disabled");
  const lines = causes.map(({ id, reason }) => `${id}: ${reason ?? "no reason given"}`);
  if (lines.length === 0) lines.push("no extension provides a listener");
  return startError(`The server could not start.\n${lines.map((line) => `  ${line}`).join("\n")}`, {
    code: "boot-failed",
  });
}
