import { expect, test } from "vitest";
import { createBeginning } from "./beginning.ts";
import { createLocalStore } from "./local-store.ts";

const kept = new Map<string, string>();
const storage = {
  length: 0,
  key: () => null,
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
  removeItem: (key: string) => void kept.delete(key),
};

test("the folder stays for the next conversation and the next page, the model is for one", () => {
  const first = createBeginning(createLocalStore(storage));
  expect(first.now.value).toEqual({ folder: "" });
  first.set({ folder: "/work", model: "a/b" });
  first.begun();
  expect(first.now.value).toEqual({ folder: "/work" });
  const second = createBeginning(createLocalStore(storage));
  expect(second.now.value).toEqual({ folder: "/work" });
  second.refused("There is no folder /work.");
  second.set({ model: "a/b" });
  expect(second.refusal.value).toBe("There is no folder /work.");
  second.set({ folder: "" });
  expect([second.refusal.value, kept.size]).toEqual([undefined, 0]);
});
