import { tools } from "@dispatch/kernel";
import { createTestHost, expectNoLeaks } from "@dispatch/kernel/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import extension from "./index.ts";
import { createTestFolder, type TestFolder, testContext } from "./testing/test-folder.ts";

let folder: TestFolder;
beforeAll(async () => {
  folder = await createTestFolder();
  await folder.write({ "work/a.txt": "one\ntwo\n" });
});
afterAll(() => folder.remove());

it("contributes its tools to a real host, with settings filled in, and leaves nothing behind", async () => {
  const host = createTestHost({ extensions: [extension], settings: { "tools-fs": { listLimit: 5 } } });
  expect((await host.start()).problems).toEqual([]);
  const byName = new Map(host.list(tools).map(({ name, value }) => [name, value]));
  expect([...byName.keys()].sort()).toEqual([
    "edit_file",
    "list_files",
    "read_file",
    "search_files",
    "write_file",
  ]);
  const call = (name: string, input: unknown) => byName.get(name)?.execute(input, testContext(folder.cwd));
  expect(await call("read_file", { path: "a.txt" })).toEqual({ output: "one\ntwo\n" });
  expect(await call("list_files", { glob: "*.txt" })).toEqual({ output: "a.txt" });
  expect(await call("search_files", { pattern: "t.o" })).toEqual({ output: "a.txt:2: two" });
  await host.stop();
  expectNoLeaks(host);
});

it("ends a running search when it is stopped", async () => {
  await folder.write({ "work/evil": `${"a".repeat(60)}b\n` });
  const host = createTestHost({ extensions: [extension] });
  await host.start();
  const search = host.list(tools).find(({ name }) => name === "search_files")?.value;
  const running = search?.execute({ pattern: "^(a+)+$" }, testContext(folder.cwd));
  await new Promise((resolve) => setTimeout(resolve, 100)); // until the pattern runs
  const refused = expect(running).rejects.toThrow("stopped");
  await host.stop();
  await refused;
  expectNoLeaks(host);
});
