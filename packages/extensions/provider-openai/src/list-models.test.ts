import type { RequestListener } from "node:http";
import { afterEach, expect, it } from "vitest";
import { startPlainServer } from "./fixtures/plain-server.ts";
import { apiKey, quiet, realProvider } from "./fixtures/real-provider.ts";
import { startStrictServer } from "./testing/index.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function plain(listener: RequestListener): Promise<string> {
  const server = await startPlainServer(listener);
  open.push(server);
  return server.url;
}
const json =
  (status: number, body: unknown): RequestListener =>
  (_, res) => {
    res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };

it("lists what the server has", async () => {
  const server = await startStrictServer({ apiKey, models: ["a", "b/c"] });
  open.push(server);
  expect(await realProvider(server.url).models(quiet.signal)).toEqual([{ name: "a" }, { name: "b/c" }]);
  await expect(realProvider(server.url, {}, "wrong").models(quiet.signal)).rejects.toMatchObject({
    code: "provider-auth",
  });
});

it("takes window sizes and names by all their names, and passes over what is no model", async () => {
  const data = [
    { id: "a", context_length: 100, name: "Model A" },
    { id: "b", max_model_len: 200, name: "b" },
    { id: "c", context_window: "300" },
    { id: "d", max_context_length: 400 },
    { name: "no id" },
    null,
    7,
    { id: "x".repeat(300) },
  ];
  const expected = [
    { name: "a", displayName: "Model A", contextWindow: 100 },
    { name: "b", contextWindow: 200 },
    { name: "c" },
    { name: "d", contextWindow: 400 },
  ];
  expect(await realProvider(await plain(json(200, { data }))).models(quiet.signal)).toEqual(expected);
  expect(await realProvider(await plain(json(200, data))).models(quiet.signal)).toEqual(expected);
});

it.each([
  ["an error", json(500, { error: { message: "down" } }), { code: "provider-server", message: "down" }],
  ["something else", json(200, { hello: 1 }), { code: "provider-malformed" }],
  [
    "nothing",
    (() => undefined) as RequestListener,
    { code: "provider-idle", message: expect.stringContaining("0.1 s") },
  ],
  [
    "drops for ever",
    ((_, res) => setInterval(() => res.write(" "), 20).unref()) as RequestListener,
    { code: "provider-idle" },
  ],
])("rejects in time when the server answers %s", async (_, listener, expected) => {
  const provider = realProvider(await plain(listener), { modelsTimeoutMs: 100 });
  await expect(provider.models(quiet.signal)).rejects.toMatchObject(expected);
});

it("rejects with the reason of its signal", async () => {
  const reason = new Error("enough");
  const controller = new AbortController();
  const asked = realProvider(await plain(() => controller.abort(reason))).models(controller.signal);
  await expect(asked).rejects.toBe(reason);
});
