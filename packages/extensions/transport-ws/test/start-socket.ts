/** The real socket transport on the real HTTP transport and orchestrator (memory store, scripted model), on a free port. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineExtension, defineManifest, type Extension, type Provider } from "@dispatch/kernel";
import {
  createTestHost,
  expectNoLeaks,
  type FakeClock,
  fakeClock,
  scriptedProvider,
  type TestHost,
} from "@dispatch/kernel/testing";
import orchestrator from "@dispatch/session-orchestrator";
import { log, models, ownership, type Sessions, sessions } from "@dispatch/session-orchestrator/ports";
import { type MemoryLog, memoryLog } from "@dispatch/session-orchestrator/testing";
import http from "@dispatch/transport-http";
import { listener } from "@dispatch/transport-http/ports";
import { dispatchError } from "@dispatch/wire";
import transport from "../src/index.ts";

export const token = "0123456789abcdef-test-token";

export interface SocketStageOptions {
  /** Behind the model `test/scripted`. */
  readonly provider?: Provider;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Settings of the orchestrator. */
  readonly orchestrator?: Readonly<Record<string, unknown>>;
  readonly extensions?: readonly Extension[];
  /** Stands between the orchestrator and the store. */
  readonly around?: (store: MemoryLog) => MemoryLog;
}

export interface SocketStage {
  readonly url: string;
  readonly port: number;
  readonly sessions: Sessions;
  readonly store: MemoryLog;
  readonly host: TestHost;
  /** Drives pings, retries and limits per minute. */
  readonly clock: FakeClock;
  /** Ends it, and throws when anything of it is left. */
  stop(): Promise<void>;
}

function basis(store: MemoryLog, provider: Provider): Extension {
  const manifest = defineManifest({
    id: "test-basis",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    contributes: {
      services: ["session-orchestrator/log", "session-orchestrator/ownership", "session-orchestrator/models"],
    },
  });
  const id = "test/scripted";
  return defineExtension(manifest, (host) => {
    host.provide(log, store);
    host.provide(ownership, store);
    host.provide(models, {
      async resolve(name = id) {
        if (name !== id) throw dispatchError("unknown-model", `There is no model ${name}.`);
        return { id, model: "scripted", provider, contextWindow: 1_000_000 };
      },
      list: async () => ({ items: [{ id, credential: "test", provider: "scripted" }], failures: [] }),
    });
  });
}

export async function startSocketStage(options: SocketStageOptions = {}): Promise<SocketStage> {
  const folder = await mkdtemp(join(tmpdir(), "transport-ws-"));
  const tokenFile = join(folder, "token");
  await writeFile(tokenFile, `${token}\n`);
  const provider = options.provider ?? scriptedProvider([]);
  const store = (options.around ?? ((each) => each))(memoryLog());
  const clock = fakeClock();
  const host = createTestHost({
    clock,
    extensions: [basis(store, provider), orchestrator, http, transport, ...(options.extensions ?? [])],
    settings: {
      "session-orchestrator": { cwd: "/", defaults: { approvals: "full" }, ...options.orchestrator },
      "transport-http": { port: 0, tokenFile, shutdownMs: 300 },
      "transport-ws": { closeMs: 300, ...options.settings },
    },
  });
  const { problems } = await host.start();
  if (problems.length > 0) throw new Error(`the transport did not start: ${JSON.stringify(problems)}`);
  const { url, port } = host.get(listener);
  return {
    url,
    port,
    sessions: host.get(sessions),
    store,
    host,
    clock,
    async stop() {
      await host.stop();
      expectNoLeaks(host);
      await rm(folder, { recursive: true });
    },
  };
}
