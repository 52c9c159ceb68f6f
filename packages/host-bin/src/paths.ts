/** Where things lie: the data folder with its files, and the configuration files. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import envPaths from "env-paths";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The files of a data folder. */
export interface DataPaths {
  readonly dir: string;
  /** The bearer token, 0600. */
  readonly token: string;
  /** Pid and address of the running server, 0600. */
  readonly serverFile: string;
  readonly logs: string;
  readonly log: string;
  /** Output of a server that was started in the background. */
  readonly serveLog: string;
  /** Documents of deleted conversations. */
  readonly archive: string;
  /** Bundles of TypeScript extensions. */
  readonly bundles: string;
  /** Files that messages bring along. */
  readonly attachments: string;
  /** Git worktrees of conversations. */
  readonly worktrees: string;
  /** Commands of the server's extensions, for command lines. */
  readonly commands: string;
  /** Held while one command line starts a server. */
  readonly startLock: string;
}

export function dataPaths(dir: string): DataPaths {
  const logs = join(dir, "logs");
  return {
    dir,
    token: join(dir, "token"),
    serverFile: join(dir, "server.json"),
    logs,
    log: join(logs, "dispatch.log"),
    serveLog: join(logs, "serve.log"),
    archive: join(dir, "archive"),
    bundles: join(dir, "cache", "extensions"),
    attachments: join(dir, "attachments"),
    worktrees: join(dir, "worktrees"),
    commands: join(dir, "commands.json"),
    startLock: join(dir, "start.lock"),
  };
}

/** Flag, then DISPATCH_DATA_DIR, then the platform's data folder. Absolute. */
export function dataDirOf(options: { dataDir?: string | undefined; env: Environment; cwd: string }): string {
  const given = options.dataDir || options.env.DISPATCH_DATA_DIR;
  return given ? resolve(options.cwd, given) : envPaths("dispatch", { suffix: "" }).data;
}

/** Flag, then DISPATCH_CONFIG (`given`: it must exist), then the platform's config folder. */
export function userConfigFile(options: { config?: string | undefined; env: Environment; cwd: string }): {
  path: string;
  given: boolean;
} {
  const given = options.config || options.env.DISPATCH_CONFIG;
  if (given) return { path: resolve(options.cwd, given), given: true };
  return { path: join(envPaths("dispatch", { suffix: "" }).config, "config.json"), given: false };
}

export const projectConfigFile = (cwd: string): string => join(cwd, ".dispatch", "config.json");

/** `~/x` for a path in the home folder: shorter in messages. */
export function tilde(path: string): string {
  const home = homedir();
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}
