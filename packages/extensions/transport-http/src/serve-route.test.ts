import { createServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { Authenticate } from "./gate/credentials.ts";
import { type RunningListener, startListener } from "./listener.ts";
import { defineRoute, type Method, type Scope } from "./ports.ts";
import type { Settings } from "./settings.ts";

const settings: Settings = {
  host: "127.0.0.1",
  port: 0,
  tokenFile: "",
  allowedHosts: [],
  bodyLimitBytes: 1_000,
  headersTimeoutMs: 1_000,
  requestTimeoutMs: 1_000,
  keepAliveTimeoutMs: 1_000,
  maxConnections: 10,
  authFailuresPerMinute: 10,
  requestsPer10Seconds: 10,
  heartbeatMs: 1_000,
  streamBufferBytes: 1_000,
  shutdownMs: 100,
  version: "",
  configuration: { files: [], values: [] },
};
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const echo = (method: Method, scope: Scope) =>
  defineRoute({
    method,
    path: "/echo",
    operation: `echo.${method}`,
    scope,
    summary: "",
    responses: {},
    idempotent: method === "POST",
    handle: async ({ call }) => ({ json: call }),
  });
const routes = [echo("GET", "read"), echo("POST", "write"), echo("DELETE", "admin")];

let running: RunningListener | undefined;
afterEach(() => running?.stop());
const start = async (authenticate: Authenticate, over: Partial<Settings> = {}) => {
  const timers = { every: () => () => {} };
  running = await startListener({
    settings: { ...settings, ...over },
    authenticate,
    redact: (text) => text,
    now: () => 0,
    log: quiet,
    timers,
    routes,
    isReady: () => true,
  });
  return running;
};

test("a token may do what its scopes say, and is told what it lacks", async () => {
  const scopes: Record<string, readonly Scope[]> = { reader: ["read"], writer: ["read", "write"] };
  const { url } = await start((token) => ({ credential: token, scopes: new Set(scopes[token]) }));
  const ask = async (token: string, method: Method) => {
    const headers = { authorization: `Bearer ${token}`, "idempotency-key": "k" };
    return (await fetch(`${url}/echo`, { method, headers })).json();
  };
  expect(await ask("reader", "GET")).toEqual({ credential: "reader" });
  expect(await ask("writer", "POST")).toEqual({ credential: "writer", idempotencyKey: "k" });
  for (const [token, method, scope] of [
    ["reader", "POST", "write"],
    ["writer", "DELETE", "admin"],
    ["nobody", "GET", "read"],
  ] as const) {
    expect(await ask(token, method)).toMatchObject({
      status: 403,
      code: "forbidden-scope",
      detail: `echo.${method} needs the scope ${scope}.`,
    });
  }
});

test("a port that is taken is named, with what to do", async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
  const { port } = holder.address() as { port: number };
  await expect(start(() => undefined, { port })).rejects.toThrow(
    `127.0.0.1:${port}: another program uses this port`,
  );
  await new Promise((resolve) => holder.close(resolve));
});
