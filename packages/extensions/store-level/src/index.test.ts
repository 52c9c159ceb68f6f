import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kv } from "@dispatch/kernel";
import { createTestHost, expectNoLeaks } from "@dispatch/kernel/testing";
import { log, ownership } from "@dispatch/session-orchestrator/ports";
import { afterAll, expect, test } from "vitest";
import storeLevel from "./index.ts";

const base = mkdtempSync(join(tmpdir(), "store-level-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const hostOn = (dataDir: string) =>
  createTestHost({
    extensions: [storeLevel],
    settings: {
      "store-level": { dataDir, syncWrites: true, hotConversations: 100, sweepIntervalMs: 60_000 },
    },
  });

test("provides its three services, sweeps by the hour and frees the folder when stopped", async () => {
  const dataDir = mkdtempSync(join(base, "d-"));
  const host = hostOn(dataDir);
  await host.start();
  const store = host.get(log);
  const fence = await host.get(ownership).claim("c");
  const idempotency = { key: "k", json: "1", expiresAt: host.clock.now() };
  await store.append({
    conversationId: "c",
    fence,
    expectedHead: 0,
    epoch: "e",
    entries: [{ seq: 1, json: "{}" }],
    idempotency,
    sync: true,
  });
  await host.get(kv).set("ns", "k", 1);
  expect(await store.idempotent("k", 0)).toBe("1");
  await host.clock.advance(60_000);
  await expect.poll(() => store.idempotent("k", 0)).toBeUndefined();
  await host.stop();
  expectNoLeaks(host);
  await expect(store.head("c")).rejects.toMatchObject({ code: "shutting-down" });

  const second = hostOn(dataDir);
  await second.start();
  expect(await second.get(ownership).claim("c")).toBeGreaterThan(fence);
  expect((await second.get(log).head("c"))?.head).toBe(1);
  await second.stop();
});

test("fails with the reason when the folder is in use", async () => {
  const dataDir = mkdtempSync(join(base, "d-"));
  const [first, second] = [hostOn(dataDir), hostOn(dataDir)];
  await first.start();
  await second.start();
  const info = second.extensions().find(({ id }) => id === "store-level");
  expect(info?.state).toBe("failed");
  expect(info?.reason).toContain(`process ${process.pid} `);
  await second.stop();
  await first.stop();
});
