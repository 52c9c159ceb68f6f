/** Before every extension has had its turn the port says so: nobody is told 401 or 404 by a server that knows only half of itself. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { freePort } from "../support/free-port.ts";
import { startServer, tempFolder } from "../support/server.ts";

const slow = (signal: string) => `
import { defineExtension, defineManifest } from "@dispatch/kernel";
import { existsSync } from "node:fs";
export const manifest = defineManifest({ id: "slow", version: "1.0.0", apiVersion: "^1.0.0" });
export default defineExtension(manifest, async () => {
  while (!existsSync(${JSON.stringify(signal)})) await new Promise((resolve) => setTimeout(resolve, 20));
});`;

/** The status that an upgrade is answered with. */
const tryUpgrade = (url: string, token: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const ws = new WebSocket(`${url.replace(/^http/, "ws")}/ws`, ["dispatch.v1", `dispatch.token.${token}`]);
    ws.on("unexpected-response", (_request, { statusCode = 0 }) => {
      ws.terminate();
      resolve(statusCode);
    });
    ws.on("open", () => {
      ws.close();
      resolve(101);
    });
    ws.on("error", reject);
  });

it("answers 503 to everything until it is ready, and as ever from then on", async () => {
  const folder = await tempFolder("starting");
  const signal = join(folder.path, "go");
  const file = join(folder.path, "slow.js");
  await writeFile(file, slow(signal));
  const url = `http://127.0.0.1:${await freePort()}`;
  const starting = startServer({ dataDir: folder.path, args: ["--port", new URL(url).port, "--ext", file] });
  try {
    await vi.waitFor(() => fetch(url), { timeout: 20_000, interval: 20 });
    for (const [method, path] of [
      ["GET", "/health"],
      ["GET", "/"],
      ["GET", "/no-such-route"],
      ["POST", "/chat"],
      ["GET", "/conversations"],
    ] as const) {
      const answer = await fetch(url + path, {
        method,
        headers: { authorization: "Bearer dsp_of-a-browser" },
      });
      expect([path, answer.status, answer.headers.get("retry-after")]).toEqual([path, 503, "1"]);
      expect(await answer.json()).toMatchObject({ code: "starting", retryAfterMs: 500 });
    }
    expect(await tryUpgrade(url, "dsp_of-a-browser")).toBe(503);
    await writeFile(signal, "");
    const { token } = await starting;
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const known = { authorization: `Bearer ${token}` };
    expect((await fetch(`${url}/conversations`, { headers: known })).status).toBe(200);
    expect(await tryUpgrade(url, "dsp_of-a-browser")).toBe(401);
    expect(await tryUpgrade(url, token)).toBe(101);
  } finally {
    await writeFile(signal, "");
    await (await starting).stop();
    await folder.remove();
  }
});
