/** `dispatch serve`: runs the server in this process until it is told to stop. */

import { bootServer, type RunningServer } from "./boot.ts";
import { loadConfig } from "./config/load.ts";
import { installProcessGuards } from "./node-services/process-guards.ts";
import { bundledExtensions } from "./packages.ts";
import { dataDirOf, dataPaths, type Environment } from "./paths.ts";
import { serverPreset } from "./presets.ts";
import { removeServerFile, writeServerFile } from "./server-file.ts";
import { fingerprintOf } from "./servers/fingerprint.ts";
import { messageOf } from "./start-error.ts";

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
  readonly verbose: boolean;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** Time for a graceful stop, in ms; then the process ends as it is, and the next start repairs. */
const stopDeadlineMs = 15_000;

/** Resolves with the exit code when the server has stopped. Rejects with a `StartError` when it cannot start. */
export async function serve(options: ServeOptions): Promise<number> {
  process.umask(0o077);
  const { env, cwd, version } = options;
  const paths = dataPaths(dataDirOf(options));
  const bundled = await bundledExtensions(serverPreset);
  const manifests = bundled.map(({ manifest }) => manifest);
  const config = loadConfig({ env, cwd, flags: options, manifests });
  const verbose = options.verbose ? (line: string) => void options.stderr.write(`${line}\n`) : undefined;
  const signals = listenForSignals(() => removeServerFile(paths.serverFile, process.pid));
  try {
    const server = await bootServer({ config, dataDir: paths.dir, env, bundled, verbose });
    const { url, token, log } = server;
    const unguard = installProcessGuards({
      log: (level, message, fields) => log({ level, extensionId: "host", message, fields }),
      stop: () => shutDown(server, paths.serverFile),
    });
    try {
      const fingerprint = fingerprintOf({ version, env, cwd, config: options.config, key: token });
      await writeServerFile(paths.serverFile, {
        pid: process.pid,
        url,
        version,
        startedAt: Date.now(),
        fingerprint,
      });
      options.stdout.write(`dispatch listening on ${url}\n`);
      const signal = await signals.first;
      log({ level: "info", extensionId: "host", message: "stopping", fields: { signal } });
      return await shutDown(server, paths.serverFile).then(
        () => 0,
        (error: unknown) => {
          options.stderr.write(`dispatch: the stop was not clean: ${messageOf(error)}\n`);
          return 1;
        },
      );
    } finally {
      unguard();
    }
  } finally {
    signals.off();
  }
}

async function shutDown(server: RunningServer, serverFile: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not finished after ${stopDeadlineMs} ms`)), stopDeadlineMs);
  });
  try {
    await Promise.race([server.stop(), late]);
  } finally {
    clearTimeout(timer);
    removeServerFile(serverFile, process.pid);
  }
}

/** The first SIGINT or SIGTERM asks for a stop; the second ends the process at once. */
function listenForSignals(atOnce: () => void): { first: Promise<NodeJS.Signals>; off: () => void } {
  const names = ["SIGINT", "SIGTERM"] as const;
  let asked = false;
  let ask: (signal: NodeJS.Signals) => void;
  const first = new Promise<NodeJS.Signals>((resolve) => {
    ask = resolve;
  });
  function onSignal(signal: NodeJS.Signals): void {
    if (!asked) {
      asked = true;
      ask(signal);
      return;
    }
    atOnce();
    process.exit(130);
  }
  for (const name of names) process.on(name, onSignal);
  return {
    first,
    off() {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
