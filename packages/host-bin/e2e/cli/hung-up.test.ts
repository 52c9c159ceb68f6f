/** A server that hangs up at once, as one that is about to stop does: commands say that none answers, and end. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runDispatch } from "../support/cli.ts";
import { tempFolder } from "../support/server.ts";

const server = createServer((socket) => void socket.on("error", () => undefined).destroy());
let home: { path: string; remove(): Promise<void> };
beforeAll(async () => {
  home = await tempFolder("hung-up");
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(async () => {
  server.close();
  await home.remove();
});

it("whenever it hangs up", async () => {
  const { port } = server.address() as AddressInfo;
  const args = ["list", "--server", `http://127.0.0.1:${port}`];
  // Each meets it at another moment.
  for (let n = 0; n < 5; n++)
    expect(await runDispatch(args, { home: home.path, dataDir: home.path })).toMatchObject({
      code: 3,
      err: expect.stringContaining(`No Dispatch server answers at http://127.0.0.1:${port}`),
    });
});
