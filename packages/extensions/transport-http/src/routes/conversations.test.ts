import { createHash } from "node:crypto";
import { defineExtension, defineManifest, redaction } from "@dispatch/kernel";
import { scriptedProvider, textReply } from "@dispatch/kernel/testing";
import type { ConversationView, ListAnswer, Problem } from "@dispatch/wire";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTransport, type TestTransport } from "../../test/start-transport.ts";
import { credentials } from "../ports.ts";
import { fieldSegments } from "./operations.ts";

let transport: TestTransport;
beforeEach(async () => {
  transport = await startTransport({
    provider: scriptedProvider([textReply("Hello"), [{ type: "text", text: "Hm" }, { silence: true }]]),
  });
});
afterEach(() => transport.stop());

const json = async <T>(response: Response | Promise<Response>): Promise<T> =>
  (await (await response).json()) as T;
const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  transport.fetch(path, {
    method,
    headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

describe("POST /conversations", () => {
  test("creates, and says where it is", async () => {
    const response = await transport.post("/conversations", {
      id: "c1",
      title: "First",
      labels: ["a"],
      model: "test/scripted",
    });
    expect(response.status).toBe(201);
    expect(response.headers.get("location")).toBe("/conversations/c1");
    const view = await json<ConversationView>(response);
    expect(view).toMatchObject({
      id: "c1",
      title: "First",
      labels: ["a"],
      settings: { model: { source: "conversation" } },
    });
    expect(response.headers.get("etag")).toBe(`"${view.version}"`);
    expect(await json(transport.fetch("/conversations/c1"))).toEqual(view);
  });

  test("names a turn that the first message started, and one that it could not", async () => {
    const started = await json<{ turn: { turnId: string } }>(
      transport.post("/conversations", { id: "c1", message: "hi" }),
    );
    expect(started).toMatchObject({ id: "c1", turn: { conversationId: "c1", turnId: expect.any(String) } });
    expect(await json(transport.fetch("/conversations/c1/last"))).toMatchObject({
      text: "Hello",
      turnId: started.turn.turnId,
    });
  });

  test("an id that is taken is a conflict", async () => {
    await transport.post("/conversations", { id: "c1" });
    expect(await json(transport.post("/conversations", { id: "c1" }))).toMatchObject({
      status: 409,
      code: "conversation-exists",
    });
  });

  test("a repeat under one key gives the same conversation", async () => {
    const key = { "idempotency-key": "k" };
    const first = await json<ConversationView>(transport.post("/conversations", { title: "x" }, key));
    const second = await json<ConversationView>(transport.post("/conversations", { title: "x" }, key));
    expect(second.id).toBe(first.id);
  });

  test("every unknown field is named", async () => {
    const problem = await json<Problem>(
      transport.post("/conversations", { titel: "x", id: "../x", labels: [1] }),
    );
    expect(problem.errors?.map(({ path }) => path).sort()).toEqual(["id", "labels.0", "titel"]);
  });
});

test("lists by status, prefix, text, label, and page by page", async () => {
  for (const id of ["aa-1", "aa-2", "bb-1"])
    await transport.post("/conversations", { id, title: `About ${id}`, labels: [id.slice(0, 2)] });
  await transport.post("/conversations/aa-2/close", {});
  const ids = async (query: string) =>
    (await json<ListAnswer>(transport.fetch(`/conversations${query}`))).items.map(({ id }) => id).sort();
  expect(await ids("")).toEqual(["aa-1", "bb-1"]);
  expect(await ids("?status=closed")).toEqual(["aa-2"]);
  expect(await ids("?status=idle,closed&q=aa")).toEqual(["aa-1", "aa-2"]);
  expect(await ids("?search=bb-1")).toEqual(["bb-1"]);
  expect(await ids("?label=bb")).toEqual(["bb-1"]);
  const page = await json<ListAnswer>(transport.fetch("/conversations?limit=1"));
  expect(page.items).toHaveLength(1);
  expect(await ids(`?limit=1&cursor=${encodeURIComponent(page.nextCursor ?? "")}`)).not.toEqual(
    page.items.map(({ id }) => id),
  );
  expect(await json(transport.fetch("/conversations?status=idle,busy&limit=0"))).toMatchObject({
    code: "invalid-request",
    errors: [{ path: "status.1" }, { path: "limit" }],
  });
});

test("resolves a prefix: one, none, several", async () => {
  for (const id of ["aa-1", "aa-2", "bb-1"]) await transport.post("/conversations", { id });
  const resolve = (prefix: string) => json(transport.fetch(`/conversations/resolve?prefix=${prefix}`));
  expect(await resolve("b")).toMatchObject({ id: "bb-1" });
  expect(await resolve("x")).toMatchObject({ status: 404, code: "conversation-not-found" });
  expect(await resolve("aa")).toMatchObject({
    status: 409,
    candidates: expect.arrayContaining([expect.objectContaining({ id: "aa-2" })]),
  });
  for (const query of ["", "?prefix=b&label=x"]) {
    expect(await json(transport.fetch(`/conversations/resolve${query}`))).toMatchObject({
      status: 400,
      errors: [{ path: "prefix" }],
    });
  }
});

test("resolves a label: one, none, several, whatever their status", async () => {
  for (const [id, ...labels] of [
    ["aa-1", "x", "y"],
    ["bb-1", "y"],
  ])
    await transport.post("/conversations", { id, labels });
  await transport.post("/conversations/aa-1/close", {});
  const resolve = (label: string) => json(transport.fetch(`/conversations/resolve?label=${label}`));
  expect(await resolve("x")).toMatchObject({ id: "aa-1", settings: {} });
  expect(await resolve("z")).toMatchObject({ status: 404, code: "conversation-not-found" });
  expect(await resolve("y")).toMatchObject({
    status: 409,
    code: "ambiguous-id",
    candidates: expect.arrayContaining([expect.objectContaining({ id: "aa-1" })]),
  });
});

test.each(["resolve", "preview", "import"])("%s is an address, so it cannot be an id", async (id) => {
  const refused = { status: 400, code: "invalid-request" };
  expect(await json(transport.post("/conversations", { id }))).toMatchObject({
    ...refused,
    errors: [{ path: "id" }],
  });
  expect(await json(transport.post("/chat", { message: "hi", conversationId: id }))).toMatchObject({
    ...refused,
    errors: [{ path: "conversationId" }],
  });
  expect((await transport.post("/conversations", { id: `${id}s` })).status).toBe(201);
});

test("a patch holds to the version that it names", async () => {
  const created = await transport.post("/conversations", { id: "c1", title: "One" });
  const etag = created.headers.get("etag") ?? "";
  const patched = await send(
    "PATCH",
    "/conversations/c1",
    { title: "Two", effort: "low" },
    { "if-match": etag },
  );
  expect(await patched.json()).toMatchObject({
    title: "Two",
    settings: { effort: { value: "low", source: "conversation" } },
  });
  expect(patched.headers.get("etag")).not.toBe(etag);
  for (const stale of [etag, '"nonsense"']) {
    const response = await send("PATCH", "/conversations/c1", { title: "Three" }, { "if-match": stale });
    expect(await response.json()).toMatchObject({ status: 412, code: "version-conflict" });
  }
  const cleared = await send(
    "PATCH",
    "/conversations/c1",
    { settings: { effort: null } },
    { "if-match": "*" },
  );
  expect(await cleared.json()).toMatchObject({
    title: "Two",
    settings: { effort: { value: "high", source: "built-in" } },
  });
  const broken = await send("PATCH", "/conversations/c1", {}, { "if-match": '"1", "2"' });
  expect(await broken.json()).toMatchObject({ status: 400, errors: [{ path: "If-Match" }] });
});

test("a value is got, set and cleared at its own address", async () => {
  await transport.post("/conversations", { id: "c1" });
  const at = "/conversations/c1/reasoning-effort";
  expect(await json(transport.fetch(at))).toEqual({ value: "high", source: "built-in" });
  expect(await json(send("PUT", at, { value: "max" }))).toEqual({ value: "max", source: "conversation" });
  expect(await json(transport.fetch("/conversations/c1"))).toMatchObject({
    settings: { effort: { value: "max" } },
  });
  expect(await json(send("PUT", at, { value: "huge" }))).toMatchObject({
    status: 400,
    errors: [{ path: "value" }],
  });
  expect(await json(send("PUT", at, {}))).toMatchObject({ status: 400, errors: [{ path: "value" }] });
  expect(await json(send("DELETE", at))).toEqual({ value: "high", source: "built-in" });
  expect(await json(send("PUT", "/conversations/c1/title", { value: "New" }))).toEqual({
    value: "New",
    source: "conversation",
  });
});

test.each(fieldSegments)("%s is at its address", async (segment) => {
  await transport.post("/conversations", { id: "c1" });
  const response = await transport.fetch(`/conversations/c1/${segment}`);
  expect(response.status).toBe(200);
  expect(Object.keys(await json<object>(response)).sort()).toEqual(["source", "value"]);
  expect(await json(transport.fetch(`/conversations/none/${segment}`))).toMatchObject({
    code: "conversation-not-found",
  });
  const wrong = await send("POST", `/conversations/c1/${segment}`, {});
  expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, PUT, DELETE, HEAD"]);
});

test("waits for the running turn, stops it, closes", async () => {
  expect((await json<Problem>(transport.fetch("/conversations/c1/last"))).code).toBe(
    "conversation-not-found",
  );
  await transport.post("/conversations", { id: "c1" });
  expect((await json<Problem>(transport.fetch("/conversations/c1/last"))).code).toBe("turn-not-found");
  await (await transport.post("/chat", { message: "hi", conversationId: "c1" })).text();
  const { turnId } = await json<{ turnId: string }>(
    transport.post("/chat", { message: "more", conversationId: "c1" }, { prefer: "respond-async" }),
  );
  expect(await json(transport.fetch("/conversations/c1/status"))).toMatchObject({ status: "active", turnId });
  const waiting = json(transport.fetch("/conversations/c1/last?timeoutMs=1000"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  await transport.host.clock.advance(1_000);
  expect(await waiting).toEqual({ running: true, turnId });
  expect(await json(transport.post("/conversations/c1/stop", { turnId: "other" }))).toMatchObject({
    aborted: false,
  });
  expect(await json(send("POST", "/conversations/c1/stop"))).toMatchObject({ aborted: true, turnId });
  expect(await json(transport.fetch("/conversations/c1/last"))).toMatchObject({ turnId, reason: "aborted" });
  expect(await json(send("POST", "/conversations/c1/close"))).toMatchObject({ id: "c1", status: "closed" });
});

test("models, extensions and health are as the host has them", async () => {
  expect(await json(transport.fetch("/models"))).toMatchObject({
    items: [{ id: "test/scripted" }],
    failures: [],
  });
  const { items } = await json<{ items: { id: string }[] }>(transport.fetch("/extensions"));
  expect(items.map(({ id }) => id)).toContain("transport-http");
  await transport.host.clock.advance(5);
  expect(await json(transport.fetch("/health"))).toEqual({
    status: "ok",
    version: "0.1.0",
    pid: process.pid,
    uptimeMs: 5,
  });
  expect(await json(fetch(`${transport.url}/health`))).toEqual({ status: "ok" });
});

test("what a new conversation gets where it sets nothing, with its sources", async () => {
  await transport.stop();
  const orchestrator = { cwd: "/", defaults: { effort: "low" }, workspaces: { other: "/tmp" } };
  transport = await startTransport({ orchestrator });
  const { settings } = await json<ConversationView>(transport.fetch("/defaults"));
  expect(settings).toMatchObject({
    cwd: { value: "/", source: "built-in" },
    effort: { value: "low", source: "config" },
  });
  const created = await json<ConversationView>(transport.post("/conversations", { id: "plain" }));
  expect(created.settings).toEqual(settings);
  expect((await json<ConversationView>(transport.fetch("/defaults?workspace=other"))).settings.cwd).toEqual({
    value: "/tmp",
    source: "config",
  });
});

test("what quotes a secret is told without it, also when the secret looks like a name or a number", async () => {
  await transport.stop();
  const manifest = defineManifest({
    id: "knows-secrets",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    contributes: { services: ["redaction"] },
  });
  const text = (from: string) => from.replaceAll(/8080|local/g, "[redacted]");
  const knows = defineExtension(manifest, (host) => {
    host.provide(redaction, { text, stream: () => ({ push: text, end: () => "" }) });
  });
  const values = [
    { path: "server.port", value: 8080, source: "flag --port" },
    { path: "credentials.local.baseUrl", value: "http://h/?k=8080", source: "environment X" },
  ];
  transport = await startTransport({
    settings: { configuration: { files: [], values } },
    extensions: [knows],
  });
  expect(await json(transport.fetch("/config"))).toEqual({
    files: [],
    values: [values[0], { ...values[1], value: "http://h/?k=[redacted]" }],
  });
});

test("what the program was configured with is told to who administers", async () => {
  await transport.stop();
  const value = { path: "approvals", value: "ask", source: "~/c.json" };
  const configuration = { files: ["~/c.json"], values: [value] };
  transport = await startTransport({ settings: { configuration } });
  expect(await json(transport.fetch("/config"))).toEqual(configuration);
  const reader = "a-token-that-only-reads";
  const tokenHash = createHash("sha256").update(reader).digest("hex");
  transport.host.get(credentials).add({ id: "reader", tokenHash, scopes: ["read", "write", "approve"] });
  const headers = { authorization: `Bearer ${reader}` };
  expect(await json(transport.fetch("/config", { headers }))).toMatchObject({
    status: 403,
    code: "forbidden-scope",
  });
});
