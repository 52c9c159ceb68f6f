import fc from "fast-check";
import { describe, test } from "vitest";
import type { KvHarness, LogHarness } from "./conformance.ts";
import { kvSuite } from "./kv-suite.ts";
import { runCommands } from "./log-model.ts";
import { logSuite } from "./log-suite.ts";
import { memoryKv } from "./memory-kv.ts";
import { type MemoryLog, memoryLog } from "./memory-log.ts";

const harness = (memory: MemoryLog): LogHarness => ({
  log: memory,
  ownership: memory,
  reopen: async () => harness(memory.reopen()),
  close: async () => {},
});

describe("log in memory", () => {
  for (const { name, run } of logSuite) test(name, () => run(async () => harness(memoryLog())));

  test("agrees with a plain array", async () => {
    const commands = fc.array(fc.nat(100_000), { maxLength: 80, size: "max" });
    await fc.assert(
      fc.asyncProperty(commands, (numbers) => runCommands(async () => harness(memoryLog()), numbers)),
    );
  });
});

describe("kv in memory", () => {
  const kvHarness = (): KvHarness => {
    const made: KvHarness = { kv: memoryKv(), reopen: async () => made, close: async () => {} };
    return made;
  };
  for (const { name, run } of kvSuite) test(name, () => run(async () => kvHarness()));
});
