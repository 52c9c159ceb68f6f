import { expect, test } from "vitest";
import { ago, count, duration, secondsUntil, shortPath } from "./format.ts";

test.each([
  [0, "0 ms"],
  [340.4, "340 ms"],
  [2_440, "2.4 s"],
  [9_990, "10 s"],
  [59_400, "59 s"],
  [60_000, "1 min"],
  [65_000, "1 min 5 s"],
  [7_380_000, "2 h 3 min"],
])("%d ms is %s", (ms, text) => expect(duration(ms)).toBe(text));

test.each([
  [950, "950"],
  [1_240, "1.2k"],
  [34_400, "34k"],
  [999_700, "1.0M"],
  [1_540_000, "1.5M"],
])("%d is %s", (value, text) => expect(count(value)).toBe(text));

test.each([
  [30_000, "now"],
  [5 * 60_000, "5 min"],
  [3 * 3_600_000, "3 h"],
  [2 * 86_400_000, "2 d"],
])("%d ms back is %s", (back, text) => expect(ago(1e12 - back, 1e12)).toBe(text));

test("seconds until are whole and never negative", () => {
  expect([secondsUntil(2_100, 0), secondsUntil(2_000, 0), secondsUntil(0, 5)]).toEqual([3, 2, 0]);
});

test.each([
  ["/short", "/short"],
  ["/home/ann/work/clients/acme/website/packages/shop", "…/clients/acme/website/packages/shop"],
  ["C:\\Users\\ann\\work\\clients\\acme\\website\\shop", "…\\ann\\work\\clients\\acme\\website\\shop"],
  [`/${"x".repeat(60)}`, `…${"x".repeat(39)}`],
])("%s is shown by its end", (path, label) => {
  expect(shortPath(path)).toBe(label);
});
