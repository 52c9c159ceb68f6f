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
import { models, type Sessions, sessions } from "@dispatch/session-orchestrator/ports";
import { type SessionStage, startStage } from "@dispatch/session-orchestrator/testing";
import transport from "../src/index.ts";
import { type Listener, listener } from "../src/ports.ts";

export const token = "0123456789abcdef-test-token";

export interface TransportOptions {
  readonly provider?: Provider;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly orchestrator?: Readonly<Record<string, unknown>>;
  readonly extensions?: NonNullable<TestHostOptions["extensions"]>;
  /** In place of the orchestrator's, or around them. */
  readonly sessions?: (real: Sessions) => Sessions;
}

export interface TestTransport {
  readonly listener: Listener;
  readonly url: string;
  readonly port: number;
  readonly stage: SessionStage;
  /** The host that the transport runs in; its clock drives heartbeats. */
  readonly host: TestHost;
  /** `fetch` with the token. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** POST with a JSON body. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  stop(): Promise<void>;
}

const sessionsManifest = defineManifest({
  id: "test-sessions",
  version: "1.0.0",
  apiVersion: "^1.0.0",
  contributes: { services: ["session-orchestrator/sessions", "session-orchestrator/models"] },
});

export async function startTransport(options: TransportOptions = {}): Promise<TestTransport> {
  const folder = await mkdtemp(join(tmpdir(), "transport-http-"));
  const tokenFile = join(folder, "token");
  await writeFile(tokenFile, `${token}\n`);
  const stage = await startStage({
    provider: options.provider ?? scriptedProvider([]),
    ...(options.orchestrator && { settings: options.orchestrator }),
  });
  const bridge = defineExtension(sessionsManifest, (host) => {
    host.provide(sessions, options.sessions?.(stage.sessions) ?? stage.sessions);
    host.provide(models, stage.host.get(models));
  });
  const host = createTestHost({
    extensions: [bridge, transport, ...(options.extensions ?? [])],
    settings: { "transport-http": { port: 0, tokenFile, shutdownMs: 300, ...options.settings } },
  });
  const { problems } = await host.start();
  if (problems.length > 0) throw new Error(`the transport did not start: ${JSON.stringify(problems)}`);
  const running = host.get(listener);
  const request = (path: string, init: RequestInit = {}) =>
    fetch(new URL(path, running.url), {
      ...init,
      headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string> | undefined) },
    });
  return {
    listener: running,
    url: running.url,
    port: running.port,
    stage,
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
      await stage.host.stop();
      await rm(folder, { recursive: true });
    },
  };
}
