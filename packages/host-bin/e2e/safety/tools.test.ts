/** The tools through a real server: files, scripts and their leftovers, the list, a page. */
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { calls, reply, text } from "@dispatch/provider-openai/testing";
import type { Message } from "@dispatch/wire";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({ config: { extensions: { "tools-web": { settings: { allowPrivate: true } } } } });
});
afterAll(() => stage.end());

const resultsOf = (messages: readonly Message[]) =>
  messages.flatMap(({ chunks }) => chunks.flatMap((chunk) => (chunk.type === "tool-result" ? [chunk] : [])));

/** Runs one turn with these calls in one step; gives their results in order. */
async function call(id: string, ...wanted: readonly { name: string; args: Record<string, unknown> }[]) {
  stage.provider.script(reply(calls(...wanted)));
  stage.provider.script(reply(text("done")));
  await stage.api.chat({ message: "go", conversationId: id, cwd: stage.cwd });
  return resultsOf(await stage.api.messages(id)).slice(-wanted.length);
}

async function marked(conversationId: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    if (environment.includes(`DISPATCH_CHILD=${conversationId}/`)) found.push(pid);
  }
  return found;
}

const setsid = "setsid sleep 30 >/dev/null 2>&1 & sleep 0.1";

it("U1: writes and edits, one after the other", async () => {
  const results = await call(
    "files",
    { name: "write_file", args: { path: "new/a.txt", content: "one\ntwo\n" } },
    { name: "edit_file", args: { path: "new/a.txt", oldText: "two", newText: "2" } },
    { name: "edit_file", args: { path: "new/a.txt", oldText: "three", newText: "3" } },
    { name: "write_file", args: { path: "../x", content: "" } },
  );
  expect(results.map(({ outcome }) => outcome)).toEqual(["ok", "ok", "error", "error"]);
  expect(await readFile(join(stage.cwd, "new/a.txt"), "utf8")).toBe("one\n2\n");
});

it("K5: what left its group is gone after the turn; a job goes on until the conversation is closed", async () => {
  const [job] = await call(
    "shell",
    { name: "run_shell", args: { script: "echo up; sleep 30; true", background: true } },
    { name: "run_shell", args: { script: setsid } },
  );
  expect(job?.output).toMatch(/^up\n\(job \w+ goes on in the background/);
  await expect.poll(() => marked("shell")).toHaveLength(2);
  await stage.api.json("POST", "/conversations/shell/close", {});
  await expect.poll(() => marked("shell")).toEqual([]);
});

it("K5: what a killed server left is gone when the next one is up", async () => {
  await call("crash", { name: "run_shell", args: { script: `${setsid}; sleep 30`, background: true } });
  await stage.server.kill();
  expect((await marked("crash")).length).toBeGreaterThan(0);
  await stage.restart();
  expect(await marked("crash")).toEqual([]);
});

it("U5: keeps a list and fetches a page", async () => {
  const server = createServer(
    (_, answer) => void answer.setHeader("content-type", "text/html").end("<h1>Hi</h1>"),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const [list, page] = await call(
    "more",
    { name: "todo_write", args: { items: [{ text: "fetch", status: "in_progress" }] } },
    { name: "web_fetch", args: { url } },
  );
  server.closeAllConnections();
  server.close();
  expect(list?.output).toBe("[>] fetch\n(0 of 1 done, 1 in progress)");
  expect(page?.output).toContain("as Markdown)\n\n# Hi");
});
