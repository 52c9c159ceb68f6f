import { expect, it } from "vitest";
import { createBackoff } from "./backoff.ts";

it("doubles from 1 s to 30 s, takes between half and all of it, and starts over", () => {
  const least = createBackoff({ random: () => 0 });
  expect(Array.from({ length: 7 }, least.next)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  least.reset();
  expect(least.next()).toBe(500);
  const most = createBackoff({ random: () => 0.999_999 });
  expect(Array.from({ length: 7 }, most.next)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});
