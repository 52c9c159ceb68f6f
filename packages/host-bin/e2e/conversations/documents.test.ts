/** Conversations as documents: out, in, archived at their deletion; over HTTP and the command line. */
import { readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { calls, reasoning, reply, silence, text } from "@dispatch/provider-openai/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runDispatch } from "../support/cli.ts";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({
    config: { extensions: { "session-orchestrator": { settings: { importBytes: 250_000 } } } },
  });
});
afterAll(() => stage.end());

const talk = async (conversationId: string) => {
  stage.provider.script(
    reply(reasoning("let me see"), text("looking"), calls({ name: "list_files", args: {} })),
  );
  stage.provider.script(reply(text("nothing there 😀")));
  await stage.api.chat({ message: "what is there?", conversationId, cwd: stage.cwd });
};
const exported = async (id: string) => (await stage.api.request("GET", `/conversations/${id}/export`)).text();
const send = (document: string, query = "", headers: Record<string, string> = {}) =>
  fetch(`${stage.api.url}/conversations/import${query}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${stage.server.token}`,
      "content-type": "application/jsonl",
      ...headers,
    },
    body: document,
  });

it("what is exported and imported is the same, and goes on", async () => {
  await talk("a");
  const document = await exported("a");
  const [header, ...records] = document
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(header).toMatchObject({ type: "dispatch-conversation", version: 1, id: "a", head: records.length });
  // Its id is taken: a new one. Given: that one.
  const copy = (await (await send(document)).json()) as { id: string; title: string };
  expect(copy).toMatchObject({ title: "what is there?", status: "idle" });
  expect(copy.id).not.toBe("a");
  const named = await send(document, "?id=b");
  expect([named.status, named.headers.get("location")]).toEqual([201, "/conversations/b"]);
  const before = await stage.api.messages("a");
  for (const id of [copy.id, "b"]) expect(await stage.api.messages(id)).toEqual(before);
  const again = (await exported("b")).trimEnd().split("\n").slice(1);
  expect(again.slice(0, records.length)).toEqual(document.trimEnd().split("\n").slice(1));
  // Where its turns work is for whoever imports to say.
  expect(again.slice(records.length).map((line) => JSON.parse(line))).toMatchObject([
    { type: "meta-changed", patch: { settings: { cwd: null } } },
    { type: "notice", text: expect.stringContaining("cwd") },
  ]);
  // A cursor of the original means nothing there, and it is a conversation like any other.
  stage.provider.script(reply(text("on we go")));
  await stage.api.chat({ message: "and?", conversationId: "b" });
  expect(stage.provider.violations()).toEqual([]);
  expect((await send(document, "?id=b")).status).toBe(409);
  await stage.server.kill();
  await stage.restart();
  expect((await stage.api.messages("b")).slice(0, before.length)).toEqual(before);
});

it("honours a key: the same import twice is one conversation, another document is refused", async () => {
  const document = await exported("a");
  const key = { "idempotency-key": "import-1" };
  const ids = [];
  for (let n = 0; n < 2; n++) ids.push(((await (await send(document, "", key)).json()) as { id: string }).id);
  expect(ids[0]).toBe(ids[1]);
  expect((await send(document.replaceAll("looking", "seeking"), "", key)).status).toBe(409);
});

it("a turn that runs is exported up to now; the import seals it", async () => {
  stage.provider.script(
    reply(text("some "), calls({ name: "run_command", args: { argv: ["sleep", "60"] } })),
  );
  await stage.api.request(
    "POST",
    "/chat",
    { message: "go", conversationId: "running", cwd: stage.cwd },
    { prefer: "respond-async" },
  );
  let document = "";
  while (!document.includes('"tool-start"')) document = await exported("running");
  const copy = (await (await send(document)).json()) as { id: string };
  expect(copy).toMatchObject({ status: "idle", lastTurn: { reason: "interrupted" } });
  const chunks = (await stage.api.messages(copy.id)).flatMap((message) => message.chunks);
  expect(chunks.filter(({ type }) => type === "tool-result")).toMatchObject([{ outcome: "interrupted" }]);
  expect(await stage.api.json("POST", "/conversations/running/stop", {})).toMatchObject({ aborted: true });
});

it("says which line is wrong, takes no more than it may, and stores nothing of a bad document", async () => {
  const lines = (await exported("a")).trimEnd().split("\n");
  const count = async () =>
    (await stage.api.json<{ items: unknown[] }>("GET", "/conversations?status=active,idle,closed")).items
      .length;
  const before = await count();
  const edit = (at: number, by: (line: string) => string) =>
    lines.map((line, index) => (index === at ? by(line) : line)).join("\n");
  for (const [document, wrong] of [
    ["", "line 1"],
    ["nonsense", "line 1"],
    [edit(0, (line) => line.replace('"version":1', '"version":2')), "line 1"],
    [edit(2, (line) => `${line}}`), "line 3"],
    [edit(2, (line) => line.replace('"seq":2', '"seq":3')), "line 3"],
    [edit(3, (line) => line.replace('"type"', '"typ"')), "line 4"],
    [edit(3, (line) => line.replace(/"ts":\d+/, '"ts":9000000000000000')), "line 4"],
    [edit(3, (line) => `${line.slice(0, -1)},"deep":${"[".repeat(50_000)}${"]".repeat(50_000)}}`), "line 4"],
    [lines.slice(0, -1).join("\n"), `line ${lines.length - 1}`],
    [[...lines, lines.at(-1)].join("\n"), `line ${lines.length + 1}`],
  ] as const) {
    const answer = (await (await send(document)).json()) as { status: number; errors?: { path: string }[] };
    expect([answer.status, answer.errors?.[0]?.path]).toEqual([400, wrong]);
  }
  expect((await send(`${lines[0]}\n${"x".repeat(300_000)}`)).status).toBe(413);
  expect((await send(lines.join("\n"), "", { "content-type": "text/plain" })).status).toBe(415);
  expect((await send(lines.join("\n"), "?id=import")).status).toBe(400);
  expect((await stage.api.request("GET", "/conversations/none/export")).status).toBe(404);
  expect(await count()).toBe(before);
});

it("deleting leaves its document in the archive folder, private and whole, and nothing else", async () => {
  await talk("gone");
  stage.provider.script(reply(text("hm "), silence()));
  const document = await exported("gone");
  await stage.api.request(
    "POST",
    "/chat",
    { message: "more", conversationId: "gone" },
    { prefer: "respond-async" },
  );
  const answer = await stage.api.json<{ archive: string }>("DELETE", "/conversations/gone");
  expect(answer).toEqual({ deleted: true, archive: expect.stringMatching(/^gone-\d{4}[\dTZ-]+\.jsonl$/) });
  const folder = join(stage.dataDir, "archive");
  const file = join(folder, answer.archive);
  expect([(await stat(folder)).mode & 0o777, (await stat(file)).mode & 0o777]).toEqual([0o700, 0o600]);
  const kept = await readFile(file, "utf8");
  expect(kept.split("\n").slice(1, 5)).toEqual(document.split("\n").slice(1, 5));
  expect(kept).toContain('"reason":"aborted"');
  expect((await stage.api.request("GET", "/conversations/gone")).status).toBe(404);
  const back = (await (await send(kept)).json()) as { id: string };
  expect(back).toMatchObject({ id: "gone", lastTurn: { reason: "aborted" } });
  expect(await stage.api.json("DELETE", "/conversations/gone?archive=false")).toEqual({ deleted: true });
  expect(await readdir(folder)).toEqual([answer.archive]);
});

it("two who delete one conversation at once are both told that it is deleted, and of one whole archive", async () => {
  await talk("both");
  const document = await exported("both");
  const answers = await Promise.all(
    [1, 2].map(() => stage.api.json<{ archive: string }>("DELETE", "/conversations/both")),
  );
  const [name] = (await readdir(join(stage.dataDir, "archive"))).filter((each) => each.startsWith("both-"));
  expect(answers).toEqual([1, 2].map(() => ({ deleted: true, archive: name })));
  const kept = await readFile(join(stage.dataDir, "archive", name ?? ""), "utf8");
  expect(kept.split("\n").slice(1)).toEqual(document.split("\n").slice(1));
});

it("an archive that cannot be written deletes nothing", async () => {
  await stage.server.kill();
  const folder = join(stage.dataDir, "archive");
  await rename(folder, `${folder}-before`);
  await writeFile(folder, "a file in its place");
  await stage.restart();
  expect(await stage.api.json("DELETE", "/conversations/a")).toMatchObject({ code: "store-failed" });
  expect((await stage.api.messages("a")).length).toBeGreaterThan(0);
});

it("export, import, delete, reset, compact, warm and open as commands", async () => {
  const options = { home: stage.cwd, dataDir: stage.dataDir };
  const run = (...args: string[]) => runDispatch([...args, "--no-start"], options);
  const file = join(stage.cwd, "a.jsonl");
  expect(await run("export", "a", "-o", "a.jsonl")).toMatchObject({
    code: 0,
    out: "exported a to a.jsonl\n",
  });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await run("export", "a", "-o", "a.jsonl")).err).toContain("exists");
  expect((await run("export", "a")).out.split("\n").slice(1)).toEqual(
    (await readFile(file, "utf8")).split("\n").slice(1),
  );
  expect((await run("import", "a.jsonl", "--id", "c")).out).toBe("imported c  what is there?\n");
  expect(await run("import", "absent.jsonl")).toMatchObject({ code: 2 });
  stage.provider.script(reply(text("a summary")));
  expect(await run("compact", "c", "--keep-tokens", "0")).toMatchObject({ code: 0 });
  expect(await run("compact", "c", "--undo")).toMatchObject({ code: 0 });
  stage.provider.script(reply(text("ok")));
  expect((await run("warm", "c")).out).toMatch(/^warmed c: \d+ % of \d+ tokens/);
  expect((await run("reset", "c")).out).toBe("reset c\n");
  expect((await run("open", "c")).out).toBe("opened c\n");
  expect((await run("delete", "c", "--no-archive")).out).toBe("deleted c\n");
  expect((await stage.api.request("GET", "/conversations/c")).status).toBe(404);
});
