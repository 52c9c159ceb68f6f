import { expect, test } from "vitest";
import { createToasts, isSeen } from "./toasts.ts";

test("errors of one's own stay until they are dismissed, all else goes by itself", () => {
  const later: [number, () => void][] = [];
  const toasts = createToasts((ms, run) => later.push([ms, run]));
  toasts.add("error", "mine");
  toasts.add("info", "hint");
  toasts.add("error", "told", 20_000);
  expect(later.map(([ms]) => ms)).toEqual([8_000, 20_000]);
  for (const [, run] of later) run();
  expect(toasts.shown.value.map(({ text }) => text)).toEqual(["mine"]);
  for (const { id } of toasts.shown.value) toasts.dismiss(id);
  expect(toasts.shown.value).toEqual([]);
});

test("how a turn went is told to those who do not look at it", () => {
  const failed = { level: "error", conversationId: "c", turnId: "t" } as const;
  expect([isSeen(failed, "c"), isSeen(failed, "d"), isSeen(failed, undefined)]).toEqual([true, false, false]);
  expect(isSeen({ level: "error", conversationId: "c" }, "c")).toBe(false);
  expect(isSeen({ level: "success", conversationId: "c" }, "c")).toBe(true);
  expect(isSeen({ level: "warning" }, undefined)).toBe(false);
});
