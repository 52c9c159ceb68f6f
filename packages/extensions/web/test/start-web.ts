/** The real extension on the real transport (memory store, no model), on a free port; stops and starts on the same store. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineExtension, defineManifest, kv } from "@dispatch/kernel";
import { createTestHost, expectNoLeaks, type TestHost } from "@dispatch/kernel/testing";
import orchestrator from "@dispatch/session-orchestrator";
import { log, models, ownership } from "@dispatch/session-orchestrator/ports";
import { memoryKv, memoryLog } from "@dispatch/session-orchestrator/testing";
import transport from "@dispatch/transport-http";
import { listener } from "@dispatch/transport-http/ports";
import { dispatchError } from "@dispatch/wire";
import web from "../src/index.ts";

const token = "0123456789abcdef-test-token";

export interface WebStage {
  url: string;
  host: TestHost;
  /** With the server's own token, or another one, or (null) none. */
  request(method: string, path: string, body?: unknown, bearer?: string | null): Promise<Response>;
  /** The code of a new login link. */
  newCode(): Promise<string>;
  logIn(code: string): Promise<Response>;
  /** A new process on the same store, as it were. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startWeb(settings: Readonly<Record<string, unknown>> = {}): Promise<WebStage> {
  const folder = await mkdtemp(join(tmpdir(), "web-"));
  const tokenFile = join(folder, "token");
  await writeFile(tokenFile, token);
  const store = memoryLog();
  const values = memoryKv();
  const manifest = defineManifest({
    id: "test-basis",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    contributes: {
      services: [
        "kv",
        "session-orchestrator/log",
        "session-orchestrator/ownership",
        "session-orchestrator/models",
      ],
    },
  });
  const basis = defineExtension(manifest, (host) => {
    host.provide(kv, values);
    host.provide(log, store);
    host.provide(ownership, store);
    host.provide(models, {
      resolve: (name) => Promise.reject(dispatchError("unknown-model", `There is no model ${name}.`)),
      list: async () => ({ items: [], failures: [] }),
    });
  });
  async function start(clock?: TestHost["clock"]): Promise<TestHost> {
    const host = createTestHost({
      extensions: [basis, orchestrator, transport, web],
      settings: {
        "session-orchestrator": { cwd: "/" },
        "transport-http": { port: 0, tokenFile, shutdownMs: 300, allowedHosts: ["192.168.1.5:24203"] },
        web: settings,
      },
      ...(clock ? { clock } : {}),
    });
    const { problems } = await host.start();
    if (problems.length > 0) throw new Error(`the extension did not start: ${JSON.stringify(problems)}`);
    return host;
  }
  const host = await start();
  const stage: WebStage = {
    host,
    url: host.get(listener).url,
    request: (method, path, body, bearer = token) =>
      fetch(`${stage.url}${path}`, {
        method,
        headers: {
          ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    async newCode() {
      const { url } = (await (await stage.request("POST", "/web/links", {})).json()) as { url: string };
      return url.split("#login=")[1] ?? "";
    },
    logIn: (code) => stage.request("POST", "/web/session", { code }, null),
    async restart() {
      await stage.host.stop();
      expectNoLeaks(stage.host);
      stage.host = await start(stage.host.clock);
      stage.url = stage.host.get(listener).url;
    },
    async stop() {
      await stage.host.stop();
      expectNoLeaks(stage.host);
      await rm(folder, { recursive: true });
    },
  };
  return stage;
}
