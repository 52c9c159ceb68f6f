import { describe, expect, it } from "vitest";
import { fakeClock } from "../testing/fake-clock.ts";
import { createDispatcher } from "./dispatch.ts";
import { createStop } from "./stop.ts";

/** Calls are letters; capitals run alone. */
function setUp(maxConcurrent: number, eager = true) {
  const clock = fakeClock();
  const stop = createStop({ signal: new AbortController().signal, clock, graceMs: 500 });
  const ends = new Map<string, () => void>();
  const log: string[] = [];
  const dispatcher = createDispatcher<string>({
    policy: { maxConcurrent, eager },
    stop,
    isExclusive: (call) => call === call.toUpperCase(),
    run: (call) => {
      log.push(call);
      return stop.cause === undefined ? new Promise((resolve) => ends.set(call, resolve)) : Promise.resolve();
    },
  });
  const add = (calls: string) => [...calls].forEach(dispatcher.add);
  const end = async (calls: string) => {
    for (const call of calls) ends.get(call)?.();
    await clock.settle();
  };
  return { dispatcher, stop, add, end, started: () => log.join("") };
}

describe("the dispatcher", () => {
  it.each([
    [2, "abcd", "ab"],
    [1, "abcd", "a"],
    [0, "abcdefghijklm", "abcdefghijklm"],
    [8, "abcdefghijklm", "abcdefgh"],
  ])("runs at most %i at once (0 = all)", (max, calls, first) => {
    const { add, started } = setUp(max);
    add(calls);
    expect(started()).toBe(first);
  });

  it("starts the next in call order when one ends", async () => {
    const { add, end, started } = setUp(2);
    add("abcd");
    await end("b");
    expect(started()).toBe("abc");
    await end("ac");
    expect(started()).toBe("abcd");
  });

  it("starts no exclusive call before the answer is complete, however eager", async () => {
    const { add, end, dispatcher, started } = setUp(8);
    add("aXb");
    await end("a");
    expect(started()).toBe("a");
    dispatcher.release();
    expect(started()).toBe("aX");
    await end("X");
    expect(started()).toBe("aXb");
  });

  it("runs an exclusive call alone: after those before, before those after", async () => {
    const { add, end, dispatcher, started } = setUp(8);
    add("abXYc");
    dispatcher.release();
    expect(started()).toBe("ab");
    await end("a");
    expect(started()).toBe("ab");
    await end("b");
    expect(started()).toBe("abX");
    await end("X");
    expect(started()).toBe("abXY");
    await end("Y");
    expect(started()).toBe("abXYc");
  });

  it("waits for the end of the answer when not eager", () => {
    const { add, dispatcher, started } = setUp(8, false);
    add("ab");
    expect(started()).toBe("");
    dispatcher.release();
    expect(started()).toBe("ab");
  });

  it("is idle when all have been answered, at once when there is none", async () => {
    const { add, end, dispatcher } = setUp(1);
    await dispatcher.idle();
    add("ab");
    let idle = false;
    const waiting = dispatcher.idle().then(() => {
      idle = true;
    });
    await end("a");
    expect(idle).toBe(false);
    await end("b");
    await waiting;
  });

  it.each([true, false])("hands over all that wait when the turn stops (eager %s)", async (eager) => {
    const { add, stop, started, dispatcher } = setUp(1, eager);
    add("aXb");
    stop.now("aborted");
    expect(started()).toBe("aXb");
    if (eager) return;
    await dispatcher.idle();
  });
});
