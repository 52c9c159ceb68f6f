/** What the program itself tells extensions: places in the data folder, the address, the credentials. */
import type { ConfigAnswer } from "@dispatch/wire";
import { shownValues } from "./config/shown-value.ts";
import type { Config, ResolvedConfig } from "./config/types.ts";
import { type DataPaths, tilde } from "./paths.ts";

/** The settings of an extension: the configured ones, under what only the program can know. `told`: what GET /config answers. */
export function settingsFor(
  extensionId: string,
  config: Config,
  paths: DataPaths,
  version: string,
  told?: ConfigAnswer,
): Record<string, unknown> {
  const configured = config.extensions[extensionId]?.settings ?? {};
  return plain({ ...configured, ...ownSettings(extensionId, { config, paths, version, configured, told }) });
}

/** What a server tells of its configuration. */
export const toldConfig = (
  { files, values }: Pick<ResolvedConfig, "files" | "values">,
  paths: DataPaths,
  redact: (text: string) => string,
): ConfigAnswer => ({
  dataDir: paths.dir,
  logFile: paths.log,
  files: files.map(tilde),
  values: [...shownValues(values, redact)],
});

interface Known {
  readonly config: Config;
  readonly paths: DataPaths;
  readonly version: string;
  readonly configured: Readonly<Record<string, unknown>>;
  readonly told: ConfigAnswer | undefined;
}

function ownSettings(
  extensionId: string,
  { config, paths, version, configured, told }: Known,
): Record<string, unknown> {
  switch (extensionId) {
    case "store-level":
      return { dataDir: paths.dir };
    case "credentials":
      return {
        ...(config.model === undefined ? {} : { default: config.model }),
        credentials: lastResortLast(config.credentials),
      };
    case "session-orchestrator":
      return {
        archiveDir: paths.archive,
        defaults: { approvals: config.approvals, ...(configured.defaults as object | undefined) },
      };
    case "transport-http":
      return {
        ...config.server,
        tokenFile: paths.token,
        version,
        ...(told === undefined ? {} : { configuration: told }),
      };
    case "commands":
      return { tableFile: paths.commands };
    case "attachments":
      return { folder: paths.attachments };
    case "worktrees":
      return { folder: paths.worktrees };
    case "transport-ws":
      return { version };
    default:
      return {};
  }
}

/** The first credential gives the default model; the offline one is there for when there is no other. */
function lastResortLast(credentials: Config["credentials"]): Config["credentials"] {
  const { offline, ...others } = credentials;
  return offline === undefined ? others : { ...others, offline };
}

/** With ordinary prototypes again, as schema libraries expect. */
const plain = (value: Record<string, unknown>): Record<string, unknown> =>
  JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
