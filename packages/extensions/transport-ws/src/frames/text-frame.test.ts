/** Frames of every length as a client of the `ws` library reads them. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { textFrame } from "./text-frame.ts";

test("is read as it was written, at every length where its head changes", async () => {
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  let below: Duplex | undefined;
  server.on("upgrade", (request, socket, head) => {
    below = socket;
    sockets.handleUpgrade(request, socket, head, () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await once(client, "open");
  const texts = [0, 1, 125, 126, 127, 65_535, 65_536, 300_000].map((length) => "x".repeat(length));
  texts.push("😀".repeat(31), `é${"y".repeat(124)}`, "😀".repeat(20_000));
  const got: string[] = [];
  client.on("message", (data, isBinary) => got.push(isBinary ? "binary" : String(data)));
  for (const text of texts) below?.write(textFrame(text));
  await expect.poll(() => got.length).toBe(texts.length);
  expect(got).toEqual(texts);
  client.terminate();
  below?.destroy();
  await new Promise((resolve) => server.close(resolve));
});
