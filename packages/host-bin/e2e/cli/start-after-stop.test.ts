/** A command that comes while the server before it closes: it is neither answered by that one nor refused for its store. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runDispatch } from "../support/cli.ts";
import { startServer, tempFolder } from "../support/server.ts";

/** Takes its time to go, behind the transports and before the store. */
const slow = `
export const manifest = { id: "slow", version: "1.0.0", apiVersion: "^1.0.0", dependsOn: { kv: "*" } };
export default { manifest, activate: (host) => {
  host.onDispose("slowly", () => new Promise((resolve) => setTimeout(resolve, 4_000)));
} };
`;

it("starts a server when the old one has left", async () => {
  const folder = await tempFolder("leaving");
  const dataDir = join(folder.path, "data");
  await mkdir(dataDir);
  const file = join(folder.path, "slow.mjs");
  await writeFile(file, slow);
  const options = { home: folder.path, dataDir };
  const server = await startServer({ dataDir, args: ["--ext", file] });
  const stopped = server.stop();
  const answers = () =>
    fetch(`${server.url}/health`).then(
      () => true,
      () => false,
    );
  while (await answers());
  const list = await runDispatch(["list"], options);
  expect(list).toMatchObject({ code: 0, err: expect.stringContaining("no conversations") });
  expect(await stopped).toBe(0);
  await runDispatch(["down"], options);
  await folder.remove();
});
