/** `dispatch serve`: runs the server in this process until it is told to stop. */
import { resolve } from "node:path";
import type { ExtensionSource } from "@dispatch/kernel/host";
import { draining } from "@dispatch/session-orchestrator/ports";
import { bootServer, type RunningServer } from "./boot.ts";
import { loadConfig } from "./config/load.ts";
import type { Config } from "./config/types.ts";
import { drainTurns } from "./drain-turns.ts";
import { loadExtensionFiles } from "./extension-files/load-files.ts";
import { outliveReaders } from "./lost-output.ts";
import { installProcessGuards } from "./node-services/process-guards.ts";
import { redactOutput } from "./node-services/redact-output.ts";
import { configuredSecrets } from "./node-services/secrets.ts";
import { bundledExtensions, ownCode } from "./packages.ts";
import { dataDirOf, dataPaths, type Environment } from "./paths.ts";
import { serverPreset } from "./presets.ts";
import { removeServerFile, writeServerFile } from "./server-file.ts";
import { fingerprintOf } from "./servers/fingerprint.ts";
import { listenForSignals } from "./signals.ts";
import { messageOf } from "./start-error.ts";
import { createStrays, type Strays } from "./strays/strays.ts";

export interface ServeOptions {
  readonly env: Environment;
  /** Absolute. */
  readonly cwd: string;
  readonly version: string;
  readonly dataDir?: string | undefined;
  readonly config?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly approvals?: string | undefined;
  /** Extension files, relative to `cwd`. */
  readonly ext?: readonly string[];
  readonly verbose: boolean;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** Time for a stop once no turn is waited for, in ms; then the process ends as it is, and the next start repairs. */
const stopDeadlineMs = 15_000;

/** Time that a start gets to come to its end once it is not wanted any more, in ms. */
const startDeadlineMs = 3_000;

/** Resolves with the exit code when the server has stopped. Rejects with a `StartError` when it cannot start. */
export async function serve(options: ServeOptions): Promise<number> {
  process.umask(0o077);
  const { env, cwd, version, stdout, stderr } = options;
  const paths = dataPaths(dataDirOf(options));
  const readable = outliveReaders(process.stdout, process.stderr);
  const signals = listenForSignals(() => removeServerFile(paths.serverFile, process.pid));
  const strays = createStrays(ownCode);
  let server: RunningServer | undefined;
  let redactEarly = (text: string): string => text;
  const shown = redactOutput((text) => (server?.redact ?? redactEarly)(text), process.stdout, process.stderr);
  const unguard = installProcessGuards({
    log(level, message, fields) {
      if (server) server.log({ level, extensionId: "host", message, fields });
      else stderr.write(`dispatch: ${message}: ${String(fields.error)}\n`);
    },
    blame: strays.blame,
    stop: async () => server && shutDown(server, paths.serverFile),
  });
  try {
    const starting = start(options, strays, (redact) => {
      redactEarly = redact;
    });
    server = await Promise.race([starting, signals.first.then(() => undefined)]);
    if (!server) return await stopStarting(starting, paths.serverFile, stderr);
    const { url, token, log } = server;
    const fingerprint = fingerprintOf({ version, env, cwd, config: options.config, key: token });
    const args = argsOf(options);
    const about = { pid: process.pid, url, version, startedAt: Date.now(), args, fingerprint };
    await writeServerFile(paths.serverFile, about);
    stdout.write(`dispatch listening on ${url}\n`);
    const signal = await signals.first;
    log({ level: "info", extensionId: "host", message: "stopping", fields: { signal } });
    const say = (line: string) => void stderr.write(`dispatch: ${line}\n`);
    await drainTurns(server.host.find(draining), signals.hurry, say);
    return await shutDown(server, paths.serverFile).then(
      () => 0,
      (error: unknown) => {
        stderr.write(`dispatch: the stop was not clean: ${messageOf(error)}\n`);
        return 1;
      },
    );
  } finally {
    unguard();
    signals.off();
    shown();
    readable();
  }
}

/** It is told to stop before it answers anybody: what may be half there gets a while to be there, and is stopped then. */
async function stopStarting(
  starting: Promise<RunningServer>,
  serverFile: string,
  stderr: ServeOptions["stderr"],
): Promise<number> {
  stderr.write("dispatch: told to stop while it was starting\n");
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), startDeadlineMs);
  });
  try {
    const server = await Promise.race([starting, late]);
    if (!server) process.exit(1); // whatever hangs would keep it; the next start repairs
    await shutDown(server, serverFile);
    return 0;
  } finally {
    clearTimeout(timer);
  }
}

/** The flags as a restart from anywhere gives them again; the data folder is known there. */
function argsOf({ cwd, config, host, port, approvals, ext = [] }: ServeOptions): string[] {
  const given = { config: config && resolve(cwd, config), host, port, approvals };
  const flags = Object.entries(given).flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [`--${name}`, String(value)],
  );
  return [...flags, ...ext.flatMap((file) => ["--ext", resolve(cwd, file)])];
}

async function start(
  options: ServeOptions,
  strays: Strays,
  onSecrets: (redact: (text: string) => string) => void,
): Promise<RunningServer> {
  const { env, cwd, version, stderr, ext = [] } = options;
  const paths = dataPaths(dataDirOf(options));
  const bundled = await bundledExtensions(serverPreset);
  // A wrong configuration is told before foreign code runs; what the files add to it is checked when they are known.
  const own = bundled.map(({ manifest }) => manifest);
  const early = loadConfig({ env, cwd, flags: options, manifests: own, openList: true });
  // Errors are texts of the extensions' own; what is printed here may go into a file.
  const { redact } = configuredSecrets(early.config, env);
  onSecrets(redact);
  const taken = own.map(({ id }) => id);
  const first = () => importEarly(bundled, early.config);
  const load = { files: ext, cwd, cacheDir: paths.bundles, version, strays, taken, first };
  const { sources: extra, remarks } = await loadExtensionFiles(load);
  for (const remark of remarks) stderr.write(redact(`dispatch: ${remark}\n`));
  const manifests = [...bundled, ...extra].map(({ manifest }) => manifest);
  const config = loadConfig({ env, cwd, flags: options, manifests });
  const verbose = options.verbose ? (line: string) => void stderr.write(`${line}\n`) : undefined;
  const server = await bootServer({ config, dataDir: paths.dir, env, bundled, extra, verbose });
  strays.deliverTo(server.host.fault);
  for (const { id, state, reason } of server.host.extensions()) {
    const wanted = config.config.extensions[id]?.enabled !== false;
    if (wanted && (state === "failed" || state === "disabled"))
      stderr.write(redact(`dispatch: the extension "${id}" is off: ${reason ?? state}\n`));
  }
  return server;
}

/** The code of what starts with the server. What cannot be imported is reported when the kernel asks for it. */
const importEarly = (sources: readonly ExtensionSource[], { extensions }: Config): Promise<unknown> =>
  Promise.allSettled(
    sources
      .filter(
        ({ manifest: { id, activation } }) => activation !== "lazy" && extensions[id]?.enabled !== false,
      )
      .map(async ({ load }) => load()),
  );

/** Turns end before the extensions whose tools they use: at once, where nobody has waited for them. */
const endTurns = async ({ host }: RunningServer): Promise<void> =>
  host.find(draining)?.drain(AbortSignal.abort());

async function shutDown(server: RunningServer, serverFile: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not finished after ${stopDeadlineMs} ms`)), stopDeadlineMs);
  });
  try {
    await Promise.race([endTurns(server).then(() => server.stop()), late]);
  } finally {
    clearTimeout(timer);
    removeServerFile(serverFile, process.pid);
  }
}
