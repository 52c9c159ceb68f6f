import fc from "fast-check";
import { expect, test } from "vitest";
import { addressKey } from "./limits.ts";
import { createRateLimit } from "./rate-limit.ts";

test("as many as the limit at once, then one for each share of the window", () => {
  let time = 1_000;
  const limit = createRateLimit({ limit: 4, windowMs: 1_000, now: () => time });
  expect([1, 2, 3, 4, 5].map(() => limit.take("a"))).toEqual([0, 0, 0, 0, 250]);
  expect([limit.wait("a"), limit.wait("b"), limit.take("b")]).toEqual([250, 0, 0]);
  time += 249;
  expect(limit.take("a")).toBe(1);
  time += 1;
  expect([limit.take("a"), limit.take("a")]).toEqual([0, 250]);
  time += 10_000;
  expect([1, 2, 3, 4, 5].map(() => limit.take("a"))).toEqual([0, 0, 0, 0, 250]);
});

test("a clock that is set back locks nobody out for longer than a window", () => {
  let time = 1_000_000;
  const limit = createRateLimit({ limit: 1, windowMs: 100, now: () => time });
  limit.take("a");
  time = 0;
  expect(limit.take("a")).toBeLessThanOrEqual(100);
  time += 100;
  expect(limit.take("a")).toBeLessThanOrEqual(100);
});

test("keys beyond the bound are forgotten, the one not used longest first", () => {
  const limit = createRateLimit({ limit: 1, windowMs: 100, maxKeys: 2, now: () => 0 });
  for (const key of ["a", "b", "c"]) limit.take(key);
  expect(["a", "b", "c"].map((key) => limit.wait(key))).toEqual([0, 100, 100]);
});

test("in no stretch of time more than the limit and what it refills; a wait that is kept is enough", () => {
  const step = fc.record({ pause: fc.nat({ max: 400 }), waits: fc.boolean() });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.array(step, { maxLength: 80 }), (most, steps) => {
      let time = 0;
      const limit = createRateLimit({ limit: most, windowMs: 1_000, now: () => time });
      const taken: number[] = [];
      for (const { pause, waits } of steps) {
        time += pause;
        const wait = limit.take("a");
        if (wait === 0) taken.push(time);
        else if (waits) {
          time += wait;
          expect(limit.take("a")).toBe(0);
          taken.push(time);
        }
      }
      for (const [index, from] of taken.entries()) {
        for (const [more, to] of taken.slice(index).entries())
          expect(more + 1).toBeLessThanOrEqual(most + ((to - from) * most) / 1_000 + 1e-6);
      }
    }),
  );
});

test.each([
  ["127.0.0.1", "loopback"],
  ["127.8.8.8", "loopback"],
  ["::1", "loopback"],
  ["::ffff:127.0.0.1", "loopback"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["192.0.2.7", "192.0.2.7"],
  ["2001:DB8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
  ["2001:db8::9", "2001:db8:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  [undefined, ""],
])("%s counts as %s", (address, key) => expect(addressKey(address)).toBe(key));
