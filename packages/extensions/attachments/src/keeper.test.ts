import type { Storage } from "@dispatch/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKeeper } from "./keeper.ts";

function memoryStorage(): Storage & { readonly keys: Map<string, unknown> } {
  const keys = new Map<string, unknown>();
  return {
    keys,
    get: async (key) => keys.get(key),
    set: async (key, value) => void keys.set(key, value),
    delete: async (key) => void keys.delete(key),
    list: async (prefix = "") => [...keys.keys()].filter((key) => key.startsWith(prefix)),
  };
}

function stage(names: readonly string[]) {
  const kept = new Map(names.map((name) => [name, { size: name.length, addedAt: 0 }]));
  const storage = memoryStorage();
  const time = { now: 0 };
  const keeper = createKeeper({
    files: {
      look: async (id) => kept.get(id),
      list: async () => [...kept.keys()],
      remove: async (id) => void kept.delete(id),
    },
    storage,
    now: () => time.now,
    unusedMs: 100,
  });
  return { keeper, kept, storage, time };
}
const wanted = (...ids: string[]) => ids.map((attachmentId) => ({ attachmentId, mimeType: "image/png" }));

describe("the keeper", () => {
  it("gives the size as it is, whatever was said", async () => {
    const { keeper } = stage(["abc"]);
    expect(
      await keeper.claim("c", [{ attachmentId: "abc", mimeType: "image/png", size: 99, name: "x" }]),
    ).toEqual([{ attachmentId: "abc", mimeType: "image/png", size: 3, name: "x" }]);
  });

  it("claims all or nothing", async () => {
    const { keeper, storage } = stage(["a"]);
    await expect(keeper.claim("c", wanted("a", "b"))).rejects.toMatchObject({ code: "unknown-attachment" });
    expect(storage.keys.size).toBe(0);
  });

  it("removes what nobody uses once it is old, and nothing else", async () => {
    const { keeper, kept, time } = stage(["used", "unused"]);
    await keeper.claim("c", wanted("used"));
    time.now = 100;
    await keeper.sweep();
    expect([...kept.keys()]).toEqual(["used", "unused"]);
    time.now = 101;
    await keeper.sweep();
    expect([...kept.keys()]).toEqual(["used"]);
  });

  it("whatever the order of claims and releases: exactly what a conversation uses is there, and no key is left behind", async () => {
    const change = fc.record({
      conversation: fc.constantFrom("c", "c1", "d"),
      ids: fc.subarray(["a", "b", "ab"], { minLength: 1 }),
      release: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
        const { keeper, kept, storage } = stage(["a", "b", "ab"]);
        const uses = new Map<string, Set<string>>();
        const gone = new Set<string>();
        // All at once: they are made one after another.
        await Promise.all(
          changes.map(async ({ conversation, ids, release }) => {
            if (release) {
              await keeper.release(conversation);
              const freed = uses.get(conversation) ?? new Set();
              uses.delete(conversation);
              for (const id of freed) if (![...uses.values()].some((set) => set.has(id))) gone.add(id);
              return;
            }
            const claimed = await keeper.claim(conversation, wanted(...ids)).catch(() => undefined);
            if (!claimed) return expect(ids.some((id) => gone.has(id))).toBe(true);
            const set = uses.get(conversation) ?? new Set();
            for (const id of ids) set.add(id);
            uses.set(conversation, set);
          }),
        );
        for (const set of uses.values()) for (const id of set) expect(kept.has(id)).toBe(true);
        for (const id of gone) expect(kept.has(id)).toBe(false);
        for (const conversation of [...uses.keys()]) await keeper.release(conversation);
        expect(storage.keys.size).toBe(0);
      }),
    );
  });
});
