/** Commands of extensions, from `serve --ext` to `dispatch --help` and back: shown, completed, parsed, run, and shown offline. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { reply, text } from "@dispatch/provider-openai/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Outcome, runDispatch } from "../support/cli.ts";
import { type Stage, setStage } from "../support/stage.ts";

const tally = fileURLToPath(new URL("../../../../examples/extensions/turn-tally.ts", import.meta.url));

let stage: Stage;
let table: string;
beforeAll(async () => {
  stage = await setStage({ args: ["--ext", tally] });
  table = join(stage.dataDir, "commands.json");
  await vi.waitFor(async () => expect(await readFile(table, "utf8")).toContain('"tally"'), 50_000);
});
afterAll(() => stage.end());

const dispatch = (...args: string[]): Promise<Outcome> =>
  runDispatch(args, { home: stage.dataDir, dataDir: stage.dataDir, cwd: stage.cwd });

describe("a command of a third party's extension", () => {
  it("stands in the help beside the program's own, and has a help of its own", async () => {
    const { out } = await dispatch("--help");
    expect(out).toMatch(/^ {2}chat \[options\] \[text\.\.\.\] {2,}send a message/m);
    expect(out).toMatch(
      /^ {2}tally \[options\] \[reason\.\.\.\] {2,}say how the turns of this server ended$/m,
    );
    expect(out).toBe((await dispatch("--no-color", "--help")).out); // the page is what the program makes
    const own = await dispatch("tally", "--help");
    expect(own.code).toBe(0);
    for (const part of ["Usage: dispatch tally [options] [reason...]", "--at-least <n>", "--at-least 10"])
      expect(own.out).toContain(part);
  });

  it("is completed", async () => {
    expect((await dispatch("complete", "--", "tal")).out).toContain("tally");
    expect((await dispatch("complete", "--", "tally", "--at")).out).toContain("--at-least");
  });

  it("runs in the server: text, JSON lines, exit code", async () => {
    expect(await dispatch("tally")).toMatchObject({ code: 0, out: "no turn yet\n" });
    stage.provider.script(reply(text("one")));
    await stage.api.chat({ message: "x", cwd: stage.cwd });
    await expect.poll(async () => (await dispatch("tally", "completed")).out).toBe("completed: 1\n");
    expect(await dispatch("tally", "--json", "--at-least", "2")).toMatchObject({
      code: 1,
      out: '{"reason":"completed","count":1}\n',
    });
  });

  it("is parsed here: wrong usage is 2 and does not reach the server", async () => {
    const wrong = await dispatch("tally", "--at-lest", "2");
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain("Did you mean --at-least?");
    expect((await dispatch("taly")).err).toContain("Did you mean tally?");
  });

  it("is found at an address too", async () => {
    const elsewhere = join(stage.cwd, "nothing-here");
    const options = {
      home: stage.cwd,
      dataDir: elsewhere,
      env: { DISPATCH_URL: stage.api.url, DISPATCH_TOKEN: stage.server.token },
    };
    expect((await runDispatch(["tally", "nothing"], options)).out).toBe("no turn yet\n");
    expect((await runDispatch(["--help"], options)).out).toContain("tally");
  });
});

describe("over HTTP", () => {
  const post = async (name: string, body: unknown) => {
    const response = await fetch(`${stage.api.url}/commands/${name}`, {
      method: "POST",
      headers: { authorization: `Bearer ${stage.server.token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it("lists them with whose they are", async () => {
    const { items } = (await stage.api.json("GET", "/commands")) as { items: { name: string }[] };
    expect(items).toContainEqual(expect.objectContaining({ name: "tally", extension: "turn-tally" }));
  });

  it("runs one, and refuses what does not fit it with a path each", async () => {
    expect(await post("tally", { args: ["nothing"] })).toEqual({
      status: 200,
      body: { text: "no turn yet\n", json: [], exitCode: 0 },
    });
    const wrong = await post("tally", { options: { atLeast: true, nope: "x" }, more: 1 });
    expect([wrong.status, wrong.body.errors]).toEqual([400, [{ path: "more", message: expect.any(String) }]]);
    expect((await post("tally", { options: { atLeast: true, nope: "x" } })).body).toMatchObject({
      code: "invalid-request",
      errors: [{ path: "options.atLeast" }, { path: "options.nope" }],
    });
    expect(await post("taly", {})).toMatchObject({
      status: 404,
      body: { code: "command-not-found", nearest: "tally" },
    });
  });
});

describe("the table of commands", () => {
  it("is private, and is not written when nothing changed", async () => {
    const before = await stat(table);
    expect(before.mode & 0o777).toBe(0o600);
    await stage.server.stop();
    await stage.restart();
    await dispatch("tally"); // what was to be written at the start has been by now, or is the same
    expect((await stat(table)).mtimeMs).toBe(before.mtimeMs);
  });

  it("stays when the server stops: help works without it", async () => {
    expect(await stage.server.stop()).toBe(0);
    expect((await dispatch("--help")).out).toContain("tally");
    const run = await dispatch("tally", "--no-start");
    expect([run.code, run.err]).toEqual([3, expect.stringContaining("No server is running.")]);
  });

  it.each([
    ["cut", '{"version":1,"items":[{"name":"ta'],
    ["no table", '"hello"'],
    ["garbage", "\u0000\u0001"],
    ["a command that is none", '{"items":[{"name":"../x","summary":"y"},null,7]}'],
    ["empty", ""],
    ["too large", JSON.stringify({ items: [{ name: "big", summary: "x".repeat(300_000) }] })],
  ])("damaged (%s): ignored, and the program goes on", async (_what, content) => {
    await writeFile(table, content);
    const help = await dispatch("--help");
    expect([help.code, help.err]).toEqual([0, ""]);
    expect(help.out).toContain("chat");
    expect((await dispatch("tally")).err).toContain("unknown command 'tally'");
  });

  it("cannot send orders to a terminal, nor take the place of the program's own commands", async () => {
    const items = [
      { name: "evil", summary: "a\u001b[31mred\u202eback\nsecond line" },
      { name: "chat", summary: "not the real one" },
      { name: "help", summary: "not the real one" },
    ];
    await writeFile(table, JSON.stringify({ items }));
    const { out } = await dispatch("--help");
    expect(out).toMatch(/^ {2}evil +a \[31mred back second line$/m);
    expect(out).not.toContain("not the real one");
    expect((await dispatch("--no-color", "--help")).out).toBe(out);
  });
});
