import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type KvHarness,
  kvSuite,
  type LogHarness,
  logSuite,
  runCommands,
} from "@dispatch/session-orchestrator/testing";
import fc from "fast-check";
import { afterAll, describe, test } from "vitest";
import { openStore } from "./store.ts";

const base = mkdtempSync(join(tmpdir(), "store-level-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

// Few hot conversations, so that both the remembered and the stored heads are used.
const settings = {
  syncWrites: true,
  hotConversations: 4,
  sweepIntervalMs: 3_600_000,
  checkBytes: 2 ** 30,
  compactAfterRows: 5_000,
  acceptLoss: false,
};

async function openIn(dataDir: string): Promise<LogHarness & KvHarness> {
  const store = await openStore({ ...settings, dataDir }, { now: 0, report: () => undefined });
  return {
    ...store,
    close: store.close,
    async reopen() {
      await store.close();
      return openIn(dataDir);
    },
  };
}
const open = (): Promise<LogHarness & KvHarness> => openIn(mkdtempSync(join(base, "d-")));

describe("log in level", () => {
  for (const { name, run } of logSuite) test(name, { timeout: 30_000 }, () => run(open));

  test("agrees with a plain array", { timeout: 60_000 }, async () => {
    const commands = fc.array(fc.nat(100_000), { maxLength: 60, size: "max" });
    await fc.assert(
      fc.asyncProperty(commands, (numbers) => runCommands(open, numbers)),
      { numRuns: 60 },
    );
  });
});

describe("kv in level", () => {
  for (const { name, run } of kvSuite) test(name, () => run(open));
});
