/** A disk that is full and a store that is damaged, as a user of the server meets them. */
import { execFileSync } from "node:child_process";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { reply, text } from "@dispatch/provider-openai/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { assistantText, collect, ndjson } from "../support/api.ts";
import { runDispatch } from "../support/cli.ts";
import { startServer } from "../support/server.ts";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await setStage();
});
afterEach(() => stage.end());

/** No file of the server may grow beyond this many bytes: the disk is full as far as it can tell. */
function limitFiles(bytes: number | "unlimited"): void {
  const { pid } = stage.server.child;
  execFileSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:unlimited`]);
}

const words = (count: number) => Array.from({ length: count }, (_, n) => `word ${n} `).join("");
const accepted = { prefer: "respond-async" };

interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly fix?: string;
}

/** Sends short turns one after another until one is refused; gives what was acknowledged, and the refusal. */
async function sendUntilRefused(id: string): Promise<{ acknowledged: string[]; problem: Problem }> {
  const acknowledged: string[] = [];
  for (let n = 0; n < 500; n += 1) {
    const message = `${id} ${n} ${"x".repeat(2_000)}`;
    stage.provider.script(reply(text("ok")), {
      when: ({ body }) => body.messages.at(-1)?.content === message,
    });
    const response = await stage.api.request(
      "POST",
      "/chat",
      { message, conversationId: id, cwd: stage.cwd },
      accepted,
    );
    const answer = (await response.json()) as Problem & { messageId: string };
    if (response.status !== 202) return { acknowledged, problem: answer };
    acknowledged.push(message);
    await stage.api.request("GET", `/conversations/${id}/last`);
  }
  throw new Error("nothing was refused");
}

const userTexts = async (id: string): Promise<string[]> =>
  (
    await stage.api.json<{ items: { role: string; chunks: { text?: string }[] }[] }>(
      "GET",
      `/conversations/${id}/messages?limit=1000`,
    )
  ).items
    .filter(({ role }) => role === "user")
    .map(({ chunks }) => chunks[0]?.text ?? "");

it.runIf(process.platform === "linux")(
  "a full disk is answered with 503 and what to do, and the server goes on by itself when there is space",
  { timeout: 120_000 },
  async () => {
    stage.provider.script(reply(text("before")));
    await stage.api.chat({ message: "before", conversationId: "other", cwd: stage.cwd });
    limitFiles(150_000);
    const { acknowledged, problem } = await sendUntilRefused("full");
    expect(problem).toMatchObject({
      status: 503,
      code: "store-failed",
      fix: expect.stringContaining("disk space"),
    });
    // Still so, for every conversation; reading goes on.
    const again = await stage.api.request(
      "POST",
      "/chat",
      { message: "x", conversationId: "other", cwd: stage.cwd },
      accepted,
    );
    expect(again.status).toBe(503);
    expect(await again.json()).toMatchObject({
      code: "store-failed",
      fix: expect.stringContaining("disk space"),
    });
    expect(assistantText(await stage.api.messages("other"))).toBe("before");
    expect((await stage.api.request("GET", "/health")).status).toBe(200);

    limitFiles("unlimited");
    stage.provider.script(reply(text("after")), {
      when: ({ body }) => body.messages.at(-1)?.content === "after",
    });
    const lines = await stage.api.chat({ message: "after", conversationId: "full", cwd: stage.cwd });
    expect(lines.at(-1)?.event.type).toBe("turn-sealed");
    expect(await userTexts("full")).toEqual(expect.arrayContaining([...acknowledged, "after"]));

    await stage.server.kill();
    await stage.restart();
    expect(await userTexts("full")).toEqual(expect.arrayContaining([...acknowledged, "after"]));
    expect(await stage.api.json("GET", "/conversations/full")).toMatchObject({
      status: "idle",
      lastTurn: { reason: "completed" },
    });
  },
);

it.runIf(process.platform === "linux")(
  "a turn that the disk cuts ends for its viewers, and is sealed when there is space",
  { timeout: 60_000 },
  async () => {
    stage.provider.script(reply(text(words(4_000), { chunks: 400, everyMs: 5 })));
    const response = await stage.api.request("POST", "/chat", {
      message: "long",
      conversationId: "cut",
      cwd: stage.cwd,
    });
    const stream = ndjson(response);
    await stream.next();
    limitFiles(1_000);
    // The stream ends, and not as a turn's stream does when the turn was sealed.
    const rest = await collect(stream);
    expect(rest.at(-1)?.event.type).not.toBe("turn-sealed");
    const answer = await stage.api.json("GET", "/conversations/cut/last?timeoutMs=1000");
    expect(answer).toMatchObject({ status: 503, code: "store-failed" });
    limitFiles("unlimited");
    await expect
      .poll(() => stage.api.json("GET", "/conversations/cut/last?timeoutMs=1000"))
      .toMatchObject({ reason: "interrupted" });
    expect(await userTexts("cut")).toEqual(["long"]);
    stage.provider.script(reply(text("on we go")), {
      when: ({ body }) => body.messages.at(-1)?.content === "again",
    });
    const lines = await stage.api.chat({ message: "again", conversationId: "cut", cwd: stage.cwd });
    expect(lines.at(-1)?.event.type).toBe("turn-sealed");
    expect(stage.provider.violations()).toEqual([]);
  },
);

it("a store that lost its log is refused with how to go on, and goes on with the loss accepted", async () => {
  stage.provider.script(reply(text("one answer")));
  await stage.api.chat({ message: "first", conversationId: "lossy", cwd: stage.cwd });
  await stage.server.stop();
  const store = join(stage.dataDir, "store");
  for (const name of await readdir(store)) if (name.endsWith(".log")) await rm(join(store, name));
  const refused = await stage.restart().then(
    () => "it started",
    (error: Error) => error.message,
  );
  expect(refused).toMatch(/The store in .* is damaged: the last \d+ of \d+ synced writes are gone/);
  expect(refused).toContain('"acceptLoss":true');
  expect(refused).not.toMatch(/^\s+at /m);

  const config = join(stage.dataDir, "accept.json");
  const settings = { acceptLoss: true };
  await writeFile(config, JSON.stringify({ extensions: { "store-level": { settings } } }));
  const server = await startServer({ dataDir: stage.dataDir, env: { DISPATCH_CONFIG: config } });
  expect((await readdir(stage.dataDir)).some((name) => name.startsWith("store.damaged-"))).toBe(true);
  expect(await server.stop()).toBe(0);
  await stage.restart();
  // What was lost stays said, to whoever holds the token; strangers learn no path.
  expect(await stage.api.json("GET", "/health")).toMatchObject({
    status: "ok",
    store: {
      damage: [],
      acceptedLosses: [{ text: expect.stringMatching(/synced writes are gone.*store\.damaged-/) }],
    },
  });
  expect(await (await fetch(`${stage.api.url}/health`)).json()).toEqual({ status: "ok" });
  const doctor = await runDispatch(["doctor"], { home: stage.dataDir, dataDir: stage.dataDir });
  expect(doctor.out).toMatch(/store.*a loss was accepted/);
  // A side file that is gone is noticed, and shown as long as this server runs.
  await stage.server.stop();
  await rm(join(stage.dataDir, "store.commits"));
  await stage.restart();
  expect(await (await fetch(`${stage.api.url}/health`)).json()).toEqual({ status: "degraded" });
  expect((await runDispatch(["doctor"], { home: stage.dataDir, dataDir: stage.dataDir })).out).toMatch(
    /store.*store\.commits was damaged or gone/,
  );
  stage.provider.script(reply(text("anew")));
  const lines = await stage.api.chat({ message: "anew", conversationId: "lossy", cwd: stage.cwd });
  expect(lines.at(-1)?.event.type).toBe("turn-sealed");
});
