/** What a server started here would use: folders, and every configured value with its source, secrets masked. */
import type { LocalSetup, ServerTarget } from "@dispatch/cli/ports";
import { loadConfig } from "../config/load.ts";
import { shownValues } from "../config/shown-value.ts";
import { configuredSecrets } from "../node-services/secrets.ts";
import { bundledExtensions } from "../packages.ts";
import { serverPreset } from "../presets.ts";
import { pathsOf, type ServersContext } from "./context.ts";

export async function localSetup(context: ServersContext, target: ServerTarget): Promise<LocalSetup> {
  const { env, cwd } = context;
  const paths = pathsOf(context, target);
  const manifests = (await bundledExtensions(serverPreset)).map(({ manifest }) => manifest);
  // Which files a server gets by --ext is not known here; the server itself knows all its extensions.
  const { values, config } = loadConfig({ env, cwd, manifests, openList: true });
  return {
    dataDir: paths.dir,
    logFile: paths.log,
    values: shownValues(values, configuredSecrets(config, env).redact),
  };
}
