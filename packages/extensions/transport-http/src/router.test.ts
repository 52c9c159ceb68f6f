import { defineExtension, defineManifest, type Extension } from "@dispatch/kernel";
import { sourceOf } from "@dispatch/kernel/testing";
import { dispatchError } from "@dispatch/wire";
import { afterEach, expect, test } from "vitest";
import { startTransport, type TestTransport } from "../test/start-transport.ts";
import { defineRoute, type RouteDefinition, routes } from "./ports.ts";

let transport: TestTransport;
afterEach(() => transport.stop());

const guest = (...own: RouteDefinition[]): Extension => {
  const manifest = defineManifest({
    id: "guest",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    contributes: { points: { "transport-http/routes": ["*"] } },
  });
  return defineExtension(manifest, (host) => {
    for (const route of own) host.contribute(routes, route.operation, route);
  });
};
const route = (
  path: string,
  handle: RouteDefinition["handle"],
  extra: Partial<RouteDefinition> = {},
): RouteDefinition =>
  defineRoute({
    method: "GET",
    path,
    operation: path,
    scope: "read",
    summary: "",
    responses: {},
    handle,
    ...extra,
  });

test("come and go with their extension", async () => {
  const hello = (text: string) =>
    sourceOf(
      guest(route("/ext/guest/hello/:who", async ({ params }) => ({ json: { text, params } }))),
      "local",
    );
  transport = await startTransport({ extensions: [hello("one")] });
  const ask = async () => (await transport.fetch("/ext/guest/hello/me")).json();
  await expect.poll(ask).toEqual({ text: "one", params: { who: "me" } });
  await transport.host.reload("guest", hello("two"));
  await expect.poll(ask).toEqual({ text: "two", params: { who: "me" } });
});

test("have their own folder only, and never take one of ours", async () => {
  const mine = async () => ({ json: "mine" });
  const source = sourceOf(
    guest(route("/health", mine), route("/elsewhere", mine), route("/ext/guest/ok", mine)),
    "external",
  );
  transport = await startTransport({ extensions: [source] });
  await expect.poll(async () => (await transport.fetch("/ext/guest/ok")).status).toBe(200);
  expect(await (await transport.fetch("/health")).json()).toMatchObject({ status: "ok" });
  expect((await transport.fetch("/elsewhere")).status).toBe(404);
  const refused = transport.host.logs
    .filter(({ level }) => level === "warn")
    .map(({ fields }) => fields?.operation);
  expect([...new Set(refused)].sort()).toEqual(["/elsewhere", "/health"]);
});

test("an error of theirs is ours to keep: logged in full, told as nothing", async () => {
  const failing = route("/ext/guest/fail", async () => {
    throw new Error("secret at /home/me/file");
  });
  const retry = route("/ext/guest/retry", async () => {
    throw dispatchError("too-many-requests", "Slowly.", { retryAfterMs: 1_200 });
  });
  transport = await startTransport({ extensions: [guest(failing, retry)] });
  await expect.poll(async () => (await transport.fetch("/ext/guest/fail")).status).toBe(500);
  const text = await (await transport.fetch("/ext/guest/fail")).text();
  expect(JSON.parse(text)).toMatchObject({ status: 500, code: "internal" });
  expect(text).not.toContain("/home");
  expect(transport.host.logs[0]?.fields?.error).toContain("secret at /home/me/file");
  const slowly = await transport.fetch("/ext/guest/retry");
  expect([slowly.status, slowly.headers.get("retry-after")]).toEqual([429, "2"]);
});

test("a stream of theirs that fails is cut and logged", async () => {
  const stream = {
    contentType: "text/plain",
    open: "begun",
    next: () => Promise.reject(new Error("the disk is on fire")),
    close: () => {},
  };
  transport = await startTransport({
    extensions: [guest(route("/ext/guest/burn", async () => ({ stream })))],
  });
  await new Promise(setImmediate);
  const response = await transport.fetch("/ext/guest/burn");
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow();
  const fields = { operation: "/ext/guest/burn", error: expect.stringContaining("on fire") };
  expect(transport.host.logs).toMatchObject([{ level: "error", fields }]);
});

test("what still waits when the server stops is told so", async () => {
  let begun = (): void => undefined;
  const handling = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const waiting = route("/ext/guest/wait", async ({ signal }) => {
    begun();
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    return {};
  });
  transport = await startTransport({ extensions: [guest(waiting)] });
  await new Promise(setImmediate);
  const answer = transport.fetch("/ext/guest/wait");
  await handling;
  await transport.host.stop();
  expect(await (await answer).json()).toMatchObject({ status: 503, code: "shutting-down" });
  expect(transport.host.logs).toEqual([]);
});
