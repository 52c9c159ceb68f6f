import { memoryKv } from "@dispatch/session-orchestrator/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createNoticeLog } from "./notice-log.ts";

/** The storage of one extension over a kv that outlives it. */
function storageOf(kv = memoryKv()) {
  return {
    get: async (key: string) => (await kv.get("n", key))?.value,
    set: async (key: string, value: unknown) => void (await kv.set("n", key, value)),
    delete: async (key: string) => void (await kv.delete("n", key)),
    list: async (prefix = "") => (await kv.list("n", { prefix })).map(({ key }) => key),
  };
}
const log = {
  error: (message: string, fields?: object) => {
    throw new Error(`${message} ${JSON.stringify(fields)}`);
  },
};
const never = () => {};
const notice = (ts: number) => ({ ts, level: "info" as const, text: `at ${ts}`, source: "test" });

test("keeps the newest over restarts, each once, pages meet, ids grow (property)", async () => {
  const action = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ do: fc.constant("add" as const), ts: fc.integer({ min: 0, max: 9 }) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const), ts: fc.constant(0) }) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { maxLength: 40 }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 5 }),
      async (actions, keep, limit) => {
        const storage = storageOf();
        const added: string[] = [];
        let clock = 1_000;
        let current = createNoticeLog({ storage, keep, log, after: never });
        for (const { do: what, ts } of actions) {
          clock += ts;
          if (what === "add") added.push(current.add(notice(clock)).id);
          else {
            await current.saved();
            clock += 1;
            current = createNoticeLog({ storage, keep, log, after: never });
          }
        }
        const read: string[] = [];
        for (let cursor: string | undefined, more = true; more; ) {
          const page = await current.page(limit, cursor);
          expect(page.items.length).toBeLessThanOrEqual(limit);
          read.push(...page.items.map(({ id }) => id));
          cursor = page.nextCursor;
          more = cursor !== undefined;
        }
        expect(added).toEqual([...new Set(added)].sort());
        expect(read).toEqual(added.slice(-keep).reverse());
        await current.saved();
        expect(await storage.list("notice/")).toHaveLength(Math.min(keep, added.length));
      },
    ),
  );
});

test("what cannot be read is left out, a clock that goes back makes no older ids", async () => {
  const storage = storageOf();
  await storage.set("notice/000000000000001-000000", "garbage");
  const current = createNoticeLog({ storage, keep: 5, log, after: never });
  const ids = [5, 3, 3, 9].map((ts) => current.add(notice(ts)).id);
  expect(ids).toEqual([...ids].sort());
  expect((await current.page(10, undefined)).items.map(({ id }) => id)).toEqual([...ids].reverse());
});

test("those of one second are written together, then those of the next", async () => {
  const storage = storageOf();
  const timers: (() => void)[] = [];
  const current = createNoticeLog({ storage, keep: 2, log, after: (_ms, run) => timers.push(run) });
  const stored = async () => (await storage.list("notice/")).map((key) => key.slice("notice/".length));
  await current.page(1, undefined); // what was kept before is read
  const ids = [1, 2, 3].map((ts) => current.add(notice(ts)).id);
  expect([timers.length, await stored()]).toEqual([1, []]);
  timers.pop()?.();
  await expect.poll(stored).toEqual(ids.slice(1));
  const next = current.add(notice(4)).id;
  expect(timers).toHaveLength(1);
  timers.pop()?.();
  await expect.poll(stored).toEqual([ids[2], next]);
});
