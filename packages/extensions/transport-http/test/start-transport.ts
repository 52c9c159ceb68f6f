/** The real transport over the real orchestrator (memory store, scripted model), on a free port. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineExtension, defineManifest, type Provider } from "@dispatch/kernel";
import {
  createTestHost,
  expectNoLeaks,
  scriptedProvider,
  type TestHost,
  type TestHostOptions,
} from "@dispatch/kernel/testing";
import orchestrator from "@dispatch/session-orchestrator";
import { log, models, ownership, type Sessions, sessions } from "@dispatch/session-orchestrator/ports";
import { memoryLog } from "@dispatch/session-orchestrator/testing";
import { dispatchError } from "@dispatch/wire";
import transport from "../src/index.ts";
import { listener } from "../src/ports.ts";

export const token = "0123456789abcdef-test-token";

export interface TransportOptions {
  /** Behind the model `test/scripted`. */
  readonly provider?: Provider;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Settings of the orchestrator. */
  readonly orchestrator?: Readonly<Record<string, unknown>>;
  readonly extensions?: NonNullable<TestHostOptions["extensions"]>;
}

export interface TestTransport {
  readonly url: string;
  readonly port: number;
  readonly sessions: Sessions;
  /** Its clock drives heartbeats. */
  readonly host: TestHost;
  /** `fetch` with the token. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** POST with a JSON body. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Ends it, and throws when anything of it is left. */
  stop(): Promise<void>;
}

function basis(provider: Provider) {
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
    const store = memoryLog();
    host.provide(log, store);
    host.provide(ownership, store);
    host.provide(models, {
      async resolve(name = id) {
        if (name !== id) throw dispatchError("unknown-model", `There is no model ${name}.`);
        return { id, model: "scripted", provider, contextWindow: 1_000 };
      },
      list: async () => ({ items: [{ id, credential: "test", provider: "scripted" }], failures: [] }),
    });
  });
}

export async function startTransport(options: TransportOptions = {}): Promise<TestTransport> {
  const folder = await mkdtemp(join(tmpdir(), "transport-http-"));
  const tokenFile = join(folder, "token");
  await writeFile(tokenFile, `${token}\n`);
  const provider = options.provider ?? scriptedProvider([]);
  const host = createTestHost({
    extensions: [basis(provider), orchestrator, transport, ...(options.extensions ?? [])],
    settings: {
      "session-orchestrator": { cwd: "/", ...options.orchestrator },
      "transport-http": { port: 0, tokenFile, shutdownMs: 300, ...options.settings },
    },
  });
  const { problems } = await host.start();
  if (problems.length > 0) throw new Error(`the transport did not start: ${JSON.stringify(problems)}`);
  const { url, port } = host.get(listener);
  const request = (path: string, init: RequestInit = {}) =>
    fetch(new URL(path, url), {
      ...init,
      headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string> | undefined) },
    });
  return {
    url,
    port,
    sessions: host.get(sessions),
    host,
    fetch: request,
    post: (path, body, headers = {}) =>
      request(path, {
        method: "POST",
        body: JSON.stringify(body),
        headers: { "content-type": "application/json", ...headers },
      }),
    async stop() {
      await host.stop();
      expectNoLeaks(host);
      await rm(folder, { recursive: true });
    },
  };
}
