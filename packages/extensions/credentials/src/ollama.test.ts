import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createTestHost, expectNoLeaks } from "@dispatch/kernel/testing";
import openaiProvider from "@dispatch/provider-openai";
import { models } from "@dispatch/session-orchestrator/ports";
import { afterEach, describe, expect, it } from "vitest";
import credentials from "./index.ts";
import { ollamaOrigin } from "./ollama.ts";

it.each([
  [undefined, "http://127.0.0.1:11434"],
  ["", "http://127.0.0.1:11434"],
  ["0.0.0.0", "http://127.0.0.1:11434"],
  ["0.0.0.0:8080", "http://127.0.0.1:8080"],
  [":9000", "http://127.0.0.1:9000"],
  ["box", "http://box:11434"],
  ["https://ollama.example", "https://ollama.example"],
  ["http://10.0.0.2:1234/", "http://10.0.0.2:1234"],
  ["[::]:11434", "http://[::1]:11434"],
  ["not a host", undefined],
])("OLLAMA_HOST=%s is %s", (host, origin) => {
  expect(ollamaOrigin(host)).toBe(origin);
});

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** An Ollama that answers these paths with these bodies. */
async function ollama(answers: Readonly<Record<string, unknown>>): Promise<string> {
  const server = createServer((req, res) => {
    const body = answers[req.url ?? ""];
    if (body === "never") return;
    res
      .writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" })
      .end(JSON.stringify(body ?? {}));
  });
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function startAt(ollamaHost: string, settings: object = {}) {
  const host = createTestHost({
    extensions: [openaiProvider, credentials],
    settings: { credentials: { ollamaHost, ...settings } },
  });
  await host.start();
  closing.push(async () => {
    await host.stop();
    expectNoLeaks(host);
    expect(host.faults).toEqual([]);
  });
  return { host, service: host.get(models) };
}

describe("a local Ollama", () => {
  const tags = { models: [{ name: "llama3:latest" }] };
  const list = { object: "list", data: [{ id: "llama3:latest" }] };

  it.each([
    ["both its lists", { "/api/tags": tags, "/v1/models": list }],
    ["the newer list only", { "/v1/models": list }],
  ])("with %s is a credential and the default", async (_, answers) => {
    const { service } = await startAt(await ollama(answers), {
      credentials: { offline: { provider: "offline" } },
    });
    expect((await service.resolve(undefined)).id).toBe("ollama/llama3:latest");
    expect((await service.list()).items).toContainEqual({
      id: "ollama/llama3:latest",
      credential: "ollama",
      provider: "openai",
      default: true,
    });
  });

  it("does not hold up the boot, and one that is slow is left", async () => {
    const { host, service } = await startAt(await ollama({ "/api/tags": "never", "/v1/models": "never" }));
    const resolved = service.resolve("ollama/x").catch((error: { code: string }) => error.code);
    expect(await resolved).toBe("unknown-model");
    const listing = service.list();
    await host.clock.advance(300);
    expect((await listing).items).toEqual([]);
  });

  it.each([
    ["has no models", { "/api/tags": { models: [] }, "/v1/models": { data: null } }],
    ["is something else", { "/api/tags": { hello: 1 }, "/v1/models": "text" }],
  ])("that %s is none", async (_, answers) => {
    const { service } = await startAt(await ollama(answers));
    expect((await service.list()).items).toEqual([]);
  });

  it("is found later too, when it was not there at the boot", async () => {
    const answers: Record<string, unknown> = {};
    const { host, service } = await startAt(await ollama(answers));
    expect((await service.list()).items).toEqual([]);
    Object.assign(answers, { "/api/tags": tags, "/v1/models": list });
    await host.clock.advance(10_000);
    expect((await service.list()).items).toHaveLength(1);
  });

  it("is not looked for when the setting says so, or when it is configured", async () => {
    const at = await ollama({ "/api/tags": tags, "/v1/models": list });
    const { service } = await startAt(at, { detectOllama: false });
    expect((await service.list()).items).toEqual([]);
    const own = await startAt(at, {
      credentials: { ollama: { provider: "openai", baseUrl: `http://${at}/v1`, models: ["mine"] } },
    });
    expect((await own.service.resolve(undefined)).id).toBe("ollama/mine");
  });
});
