/** The data folder: one server at a time, private files, and what was written is there again. */
import { execFile } from "node:child_process";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { reply, text } from "@dispatch/provider-openai/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bin, cleanEnv } from "../support/server.ts";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.end());

/** A second `dispatch serve` on the same folder. */
async function second(): Promise<{ code: number; stderr: string; stdout: string }> {
  const args = [bin, "serve", "--port", "0", "--data-dir", stage.dataDir];
  return promisify(execFile)(process.execPath, args, { env: cleanEnv(stage.dataDir), timeout: 20_000 }).then(
    (out) => ({ code: 0, ...out }),
    (error: { code: number; stderr: string; stdout: string }) => error,
  );
}

it("refuses a second server with a sentence, also after something read the store's LOCK", async () => {
  const first = await second();
  expect(first).toMatchObject({ code: 1, stdout: "" });
  expect(first.stderr).toMatch(/uses|another process/i);
  expect(first.stderr).toContain(String(stage.server.child.pid));
  expect(first.stderr).not.toMatch(/^\s+at /m);
  const store = join(stage.dataDir, "store");
  await readFile(join(store, (await readdir(store)).find((name) => name === "LOCK") ?? "LOCK"));
  expect((await second()).code).toBe(1);
  stage.provider.script(reply(text("still here")));
  const lines = await stage.api.chat({ message: "x", cwd: stage.cwd });
  expect(lines.at(-1)?.event.type).toBe("turn-sealed");
});

it("keeps folder and files private", async () => {
  const modes = async (path: string): Promise<string[]> => {
    const { mode } = await stat(path);
    const own = (mode & 0o077) === 0 ? [] : [`${path} ${(mode & 0o777).toString(8)}`];
    if ((mode & 0o170000) !== 0o040000) return own;
    const below = await Promise.all((await readdir(path)).map((name) => modes(join(path, name))));
    return [...own, ...below.flat()];
  };
  expect(await modes(stage.dataDir)).toEqual([]);
  expect(JSON.parse(await readFile(join(stage.dataDir, "server.json"), "utf8"))).toMatchObject({
    pid: stage.server.child.pid,
    url: stage.server.url,
  });
});

it("has everything again after a restart, and takes the folder over from a killed server", async () => {
  stage.provider.script(reply(text("one answer")));
  await stage.api.chat({ message: "first words of it", conversationId: "kept", cwd: stage.cwd });
  await stage.api.json("PUT", "/conversations/kept/reasoning-effort", { value: "low" });
  const messages = await stage.api.messages("kept");
  const { items } = await stage.api.json<{ items: unknown[] }>("GET", "/conversations");
  await stage.server.kill();
  await stage.restart();
  expect(await stage.api.messages("kept")).toEqual(messages);
  expect((await stage.api.json<{ items: unknown[] }>("GET", "/conversations")).items).toEqual(items);
  expect(await stage.api.json("GET", "/conversations/kept")).toMatchObject({
    title: "first words of it",
    settings: { effort: { value: "low", source: "conversation" }, maxSteps: { source: "built-in" } },
  });
});
