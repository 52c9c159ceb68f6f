/** Stop reaches everything: a silent provider, a tool that ignores signals, a tree of processes. */
import { readdir, readFile } from "node:fs/promises";
import { calls, heldUntil, reply, silence, text } from "@dispatch/provider-openai/testing";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { assistantText } from "../support/api.ts";
import { createGate } from "../support/gate.ts";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.end());

let id = "";
let count = 0;
beforeEach(() => {
  id = `stop${count++}`;
});

/** Processes whose command line holds `mark`. */
async function processesWith(mark: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir("/proc")).filter(
    (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
  )) {
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (line.includes(mark)) found.push(`${pid} ${line.replaceAll("\0", " ")}`);
  }
  return found;
}

const begin = () =>
  stage.api.request(
    "POST",
    "/chat",
    { message: "go", conversationId: id, cwd: stage.cwd },
    { prefer: "respond-async" },
  );

/** What runs would go on for minutes; how soon a stop has its end is for the kernel's tests, whose clock is no busy machine's. */
async function stopped(): Promise<void> {
  const answer = await stage.api.json("POST", `/conversations/${id}/stop`, {});
  expect(answer).toMatchObject({ aborted: true, status: "idle" });
  expect(await stage.api.json("GET", `/conversations/${id}`)).toMatchObject({
    status: "idle",
    lastTurn: { reason: "aborted" },
  });
}

/** The strict server takes what is left of the history. */
async function goesOn(): Promise<void> {
  stage.provider.script(reply(text("on we go")));
  await stage.api.chat({ message: "again", conversationId: id, cwd: stage.cwd });
  expect(assistantText(await stage.api.messages(id))).toContain("on we go");
  expect(stage.provider.violations()).toEqual([]);
}

it("while the provider is silent", async () => {
  stage.provider.script(reply(text("some words "), silence()));
  const requests = stage.provider.requests.length;
  await begin();
  await stage.provider.until(({ sent }) => sent[requests]?.text === "some words ");
  await stopped();
  await stage.provider.until((server) => server.requests[requests]?.closedByClientAt !== undefined);
  expect(assistantText(await stage.api.messages(id))).toMatch(/^(some words )?$/);
  await goesOn();
});

it("while the provider has not even answered with headers", async () => {
  stage.provider.script({ ...reply(text("never")), holdMs: 0 });
  const requests = stage.provider.requests.length;
  await begin();
  await stage.provider.until((server) => server.requests.length > requests);
  await stopped();
  await goesOn();
});

it("while a tool ignores signals, with a tree of processes below it", async () => {
  const mark = `stop-mark-${process.pid}-${Date.now()}`;
  const script = `trap '' TERM INT HUP; (trap '' TERM; sleep 300; : ${mark}) & sh -c 'trap "" TERM; sleep 301; : ${mark}' & echo started; while :; do sleep 1; done; : ${mark}`;
  stage.provider.script(
    reply(
      text("running "),
      calls(
        { name: "run_command", args: { argv: ["sh", "-c", script] } },
        { name: "read_file", args: { path: "nothing" } },
      ),
    ),
  );
  await begin();
  await expect.poll(() => processesWith(mark)).toHaveLength(3);
  await stopped();
  await expect.poll(() => processesWith(mark)).toEqual([]);
  const results = (await stage.api.messages(id))
    .flatMap(({ chunks }) => chunks)
    .filter((chunk) => chunk.type === "tool-result");
  expect(results).toHaveLength(2);
  expect(results[0]).toMatchObject({ name: "run_command", outcome: "aborted", isError: true });
  await goesOn();
});

it("of another turn than the running one aborts nothing; of an idle conversation says so", async () => {
  const end = createGate();
  stage.provider.script(reply(text("x "), heldUntil(end.opened)));
  await begin();
  expect(await stage.api.json("POST", `/conversations/${id}/stop`, { turnId: "another" })).toMatchObject({
    aborted: false,
    status: "active",
  });
  end.open();
  expect(await stage.api.json("GET", `/conversations/${id}/last`)).toMatchObject({ reason: "completed" });
  expect(await stage.api.json("POST", `/conversations/${id}/stop`, {})).toMatchObject({
    aborted: false,
    status: "idle",
  });
  expect((await stage.api.request("POST", "/conversations/none/stop", {})).status).toBe(404);
});

it("by close: aborts, seals and stays closed; a message opens it again", async () => {
  stage.provider.script(reply(text("some "), silence()));
  await begin();
  expect(await stage.api.json("POST", `/conversations/${id}/close`)).toMatchObject({
    status: "closed",
    lastTurn: { reason: "aborted" },
  });
  const listed = await stage.api.json<{ items: { id: string }[] }>("GET", "/conversations");
  expect(listed.items.map((row) => row.id)).not.toContain(id);
  const closed = await stage.api.json<{ items: { id: string }[] }>("GET", "/conversations?status=closed");
  expect(closed.items.map((row) => row.id)).toContain(id);
  await goesOn();
  expect(await stage.api.json("GET", `/conversations/${id}`)).toMatchObject({ status: "idle" });
});
