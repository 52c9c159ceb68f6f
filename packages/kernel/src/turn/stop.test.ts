import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { fakeClock } from "../testing/fake-clock.ts";
import { createStop, cut } from "./stop.ts";

const never = new Promise<never>(() => undefined);

function setUp(timeoutMs?: number) {
  const clock = fakeClock();
  const outer = new AbortController();
  return { clock, outer, stop: createStop({ signal: outer.signal, clock, graceMs: 500, timeoutMs }) };
}

describe("a stop", () => {
  it("lets work through while nothing happens", async () => {
    const { stop } = setUp();
    expect(await stop.race(1)).toBe(1);
    expect(await stop.raceGrace(Promise.resolve(2))).toBe(2);
    await expect(stop.race(Promise.reject(new Error("x")))).rejects.toThrow("x");
    expect(stop.cause).toBeUndefined();
  });

  it("cuts at once, or after the grace period", async () => {
    const { clock, outer, stop } = setUp();
    const reason = new Error("enough");
    const now = stop.race(never);
    const start = clock.now();
    const later = stop.raceGrace(never).then(() => clock.now() - start);
    outer.abort(reason);
    await clock.advance(2_000);
    expect(await now).toBe(cut);
    expect([stop.cause, stop.signal.aborted, stop.signal.reason]).toEqual(["aborted", true, reason]);
    expect(await later).toBe(500);
    expect(await stop.race(never)).toBe(cut);
    expect(await stop.raceGrace(never)).toBe(cut);
  });

  it("knows a signal that was aborted before", () => {
    const stop = createStop({ signal: AbortSignal.abort(), clock: fakeClock(), graceMs: 1 });
    expect(stop.cause).toBe("aborted");
  });

  it("happens once: the first cause stays", async () => {
    const { clock, outer, stop } = setUp(30);
    let calls = 0;
    stop.onStop(() => calls++);
    const undone = stop.onStop(() => expect.unreachable());
    undone();
    await clock.advance(30);
    outer.abort();
    stop.now("error");
    expect([stop.cause, calls, stop.signal.reason.name]).toEqual(["timeout", 1, "TimeoutError"]);
  });

  it("ignores what happens to the work afterwards", async () => {
    const { clock, stop } = setUp();
    let fail: (error: Error) => void = () => undefined;
    const race = stop.race(
      new Promise((_, reject) => {
        fail = reject;
      }),
    );
    stop.now("error");
    expect(await race).toBe(cut);
    fail(new Error("too late"));
    await clock.settle();
  });

  it("leaves no timer and no listener when closed, and tells tools that the turn is over", async () => {
    const { clock, outer, stop } = setUp(30);
    expect(clock.pending()).toBe(1);
    expect(getEventListeners(outer.signal, "abort")).toHaveLength(1);
    stop.close();
    expect(getEventListeners(outer.signal, "abort")).toEqual([]);
    await clock.settle();
    expect(clock.pending()).toBe(0);
    expect(stop.signal.aborted).toBe(true);
    outer.abort();
    expect(stop.cause).toBeUndefined();
  });
});
