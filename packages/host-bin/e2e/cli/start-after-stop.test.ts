/** A command that comes while the server before it closes: it is neither answered by that one nor refused for its store. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runDispatch } from "../support/cli.ts";
import { type ServerProcess, startServer, tempFolder } from "../support/server.ts";

/** Takes its time to go, behind the transports and before the store. */
const slow = `
export const manifest = { id: "slow", version: "1.0.0", apiVersion: "^1.0.0", dependsOn: { kv: "*" } };
export default { manifest, activate: (host) => {
  host.onDispose("slowly", () => new Promise((resolve) => setTimeout(resolve, 4_000)));
} };
`;

let folder: { path: string; remove(): Promise<void> };
let options: { home: string; dataDir: string };
let server: ServerProcess;
beforeEach(async () => {
  folder = await tempFolder("leaving");
  const dataDir = join(folder.path, "data");
  await mkdir(dataDir);
  const file = join(folder.path, "slow.mjs");
  await writeFile(file, slow);
  options = { home: folder.path, dataDir };
  server = await startServer({ dataDir, args: ["--ext", file] });
});
afterEach(async () => {
  await runDispatch(["down"], options);
  await folder.remove();
});

const isSilent = async () => {
  const answers = () =>
    fetch(`${server.url}/health`).then(
      () => true,
      () => false,
    );
  while (await answers());
};

it("starts a server when the old one has left", async () => {
  const stopped = server.stop();
  await isSilent();
  const list = await runDispatch(["list"], options);
  expect(list).toMatchObject({ code: 0, err: expect.stringContaining("no conversations") });
  expect(await stopped).toBe(0);
});

it("in the middle of a restart waits for its server, which has the flags of the old one", async () => {
  const restarting = runDispatch(["restart"], options);
  await isSilent();
  const lists = await Promise.all([runDispatch(["list"], options), runDispatch(["list"], options)]);
  expect(lists.map(({ code }) => code)).toEqual([0, 0]);
  const { code, out } = await restarting;
  expect([code, out]).toEqual([0, expect.stringMatching(/^restarted /)]);
  const file = JSON.parse(await readFile(join(options.dataDir, "server.json"), "utf8")) as { args: string[] };
  expect(file.args).toContain("--ext");
});
