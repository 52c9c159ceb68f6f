/** One test's stage: a strict provider, a server that uses it, a client, a working folder; all gone at the end. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type StrictServer, startStrictServer } from "@dispatch/provider-openai/testing";
import { type Api, apiOf } from "./api.ts";
import { type ServerProcess, startServer, tempFolder } from "./server.ts";

export interface Stage {
  readonly provider: StrictServer;
  readonly cwd: string;
  readonly dataDir: string;
  server: ServerProcess;
  api: Api;
  /** Starts the server again on the same data, after a stop or a kill. */
  restart(): Promise<void>;
  end(): Promise<void>;
}

export async function setStage(
  options: { env?: Record<string, string>; args?: readonly string[]; config?: unknown } = {},
): Promise<Stage> {
  const folder = await tempFolder("e2e");
  const dataDir = join(folder.path, "data");
  const cwd = join(folder.path, "work");
  await mkdir(dataDir);
  await mkdir(cwd);
  const provider = await startStrictServer({ apiKey: "sk-e2e" });
  const config = join(folder.path, "config.json");
  await writeFile(config, JSON.stringify(options.config ?? {}));
  const env = {
    DISPATCH_CONFIG: config,
    OPENAI_BASE_URL: provider.url,
    OPENAI_API_KEY: "sk-e2e",
    ...options.env,
  };
  const start = () => startServer({ dataDir, env, args: [...(options.args ?? ["--approvals", "full"])] });
  const server = await start();
  const stage: Stage = {
    provider,
    cwd,
    dataDir,
    server,
    api: apiOf(server),
    async restart() {
      stage.server = await start();
      stage.api = apiOf(stage.server);
    },
    async end() {
      await stage.server.kill();
      await provider.close();
      await folder.remove();
    },
  };
  return stage;
}
