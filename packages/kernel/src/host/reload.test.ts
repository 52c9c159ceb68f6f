import { describe, expect, it } from "vitest";
import type { Extension } from "../contracts/extension.ts";
import { defineEvent, defineFilter, defineService } from "../contracts/handles.ts";
import { hostStarted, tools } from "../contracts/points.ts";
import { boot, dependsOn, extension, type LooseHost } from "../testing/loose-extension.ts";
import { createTestHost, expectNoLeaks, sourceOf } from "../testing/test-host.ts";

const happened = defineEvent<number>()("all/happened");
const plan = defineFilter<object>()("all/plan", { onError: "skip", timeoutMs: 10 });
const service = defineService<number>()("all/service");

/** Registers one of everything there is. */
const everything = extension(
  "all",
  {
    contributes: {
      points: { tools: ["a", "b_*"] },
      services: [service.id],
      events: [happened.id],
      filters: [plan.id],
    },
    listens: { events: [happened.id], filters: [plan.id] },
  },
  async (host: LooseHost) => {
    host.contribute(tools, "a", {});
    host.contribute(tools, "b_1", {})();
    host.contribute(tools, "b_1", {});
    host.provide(service, 1);
    host.on(happened, () => {});
    host.filter(plan, (value: object) => value);
    host.watch(tools, () => {});
    host.onDispose("socket", async () => {});
    host.onDispose("file", () => {});
    host.timers.after(1_000, () => {});
    host.timers.after(5, () => {});
    host.timers.every(7, async () => {});
    host.timers.sleep(1_000).catch(() => {});
    host.emit(happened, 1);
    await host.apply(plan, {});
  },
);

describe("leaks", () => {
  it("1,000 starts and stops leave nothing behind", async () => {
    const { host } = await boot([everything, extension("user", dependsOn("all"))]);
    const registered = host.leaks();
    expect(registered).toEqual(
      expect.arrayContaining(["all: point tools/a", "all: service all/service", "all: timer", "all: socket"]),
    );
    for (let n = 0; n < 1_000; n++) {
      if (n % 100 === 0) await host.clock.advance(20);
      await host.stop();
      expect(host.leaks()).toEqual([]);
      expect(host.clock.pending()).toBe(0);
      await host.start();
    }
    expect(host.leaks()).toEqual(registered);
    await host.stop();
    expectNoLeaks(host);
    expect(host.faults).toEqual([]);
  });

  it("1,000 reloads leave no more than one load", async () => {
    const { host } = await boot([everything, extension("user", dependsOn("all"))]);
    const registered = host.leaks();
    const timers = host.clock.pending();
    for (let n = 0; n < 1_000; n++) await host.reload("all");
    expect(host.leaks()).toEqual(registered);
    expect(host.clock.pending()).toBe(timers);
    await host.stop();
    expectNoLeaks(host);
  });
});

describe("timers", () => {
  it("run in their scope, never overlap, and are the extension's fault when they throw", async () => {
    const seen: string[] = [];
    const { host } = await boot([
      extension("t", {}, (own) => {
        own.timers.after(3_000_000_000, () => void seen.push(`after ${own.now()}`));
        const stop = own.timers.every(1_000_000_000, async () => {
          seen.push("every");
          if (seen.length === 2) stop();
          throw new Error("tick failed");
        });
        own.timers.after(1, () => void seen.push("cancelled"))();
      }),
    ]);
    const start = host.clock.now();
    await host.clock.advance(3_000_000_000);
    expect(seen).toEqual(["every", "every", `after ${start + 3_000_000_000}`]);
    expect(host.faults.map(({ where, message }) => `${where}: ${message}`)).toEqual([
      "timer: tick failed",
      "timer: tick failed",
    ]);
  });

  it("end a sleep with the reason of its signal, and when the scope stops", async () => {
    const ends: unknown[] = [];
    const controller = new AbortController();
    const { host } = await boot([
      extension("t", {}, (own) => {
        own.timers.sleep(10).then(() => ends.push("slept"));
        own.timers.sleep(1_000, controller.signal).catch((error: Error) => ends.push(error.message));
        own.timers
          .sleep(1_000, AbortSignal.abort(new Error("before")))
          .catch((error: Error) => ends.push(error.message));
        own.timers.sleep(1_000).catch((error: Error) => ends.push(error.message));
      }),
    ]);
    await host.clock.advance(10);
    controller.abort(new Error("aborted"));
    await host.stop();
    await host.clock.settle();
    expect(ends).toEqual(["before", "slept", "aborted", 'the extension "t" is stopped']);
    expectNoLeaks(host);
    expect(host.clock.pending()).toBe(0);
  });
});

describe("reload", () => {
  const traced = (id: string, trace: string[], name = id, part = {}) =>
    extension(id, part, (host) => {
      trace.push(`+${name}`);
      host.onDispose("trace", () => void trace.push(`-${name}`));
    });

  it("restarts the extension with its dependents and nothing else", async () => {
    const trace: string[] = [];
    const { host } = await boot([
      traced("base", trace),
      traced("mid", trace, "mid", dependsOn("base")),
      traced("top", trace, "top", dependsOn("mid")),
      traced("other", trace),
    ]);
    trace.length = 0;
    await host.reload("mid", sourceOf(traced("mid", trace, "mid2", dependsOn("base"))));
    expect(trace).toEqual(["-top", "-mid", "+mid2", "+top"]);
    expect(host.extensions().map(({ state }) => state)).toEqual(["active", "active", "active", "active"]);
  });

  it("tells those that it restarts, and nobody else, when all of them are there", async () => {
    const heard: string[] = [];
    const listens = { listens: { events: [hostStarted.id] } };
    const hears = (id: string, part = {}) =>
      extension(id, { ...part, ...listens }, (host: LooseHost) => {
        host.on(hostStarted, () => {
          const active = host.extensions().filter(({ state }: { state: string }) => state === "active");
          heard.push(`${id} of ${active.length}`);
        });
      });
    const { host } = await boot([hears("base"), hears("mid", dependsOn("base")), hears("other")]);
    await host.clock.settle();
    expect(heard.splice(0).sort()).toEqual(["base of 3", "mid of 3", "other of 3"]);
    await host.reload("base");
    await host.clock.settle();
    expect(heard).toEqual(["base of 3", "mid of 3"]);
  });

  it.each<[string, () => Extension | Promise<Extension>, string]>([
    ["cannot be loaded", () => Promise.reject(new Error("syntax error")), "syntax error"],
    [
      "needs what is not there",
      () => extension("base", dependsOn("nowhere")),
      'needs "nowhere", which is not there; add what provides it, or take it out of dependsOn',
    ],
    [
      "has a wrong manifest",
      () => extension("base", { capabilities: ["x" as never] }),
      "its manifest is wrong: capabilities.0",
    ],
    [
      "would close a cycle",
      () => extension("base", dependsOn("user")),
      "dependency cycle: base -> user -> base",
    ],
    [
      "is for another API",
      () => extension("base", { apiVersion: "^9.0.0" }),
      "it was written for kernel API ^9.0.0",
    ],
  ])("leaves the old code running when the new %s", async (_, load, message) => {
    const trace: string[] = [];
    const { host } = await boot([traced("base", trace), traced("user", trace, "user", dependsOn("base"))]);
    const made = await Promise.resolve(load()).catch(() => extension("base"));
    await expect(host.reload("base", { manifest: made.manifest, trust: "local", load })).rejects.toThrow(
      message,
    );
    expect(trace).toEqual(["+base", "+user"]);
    expect(host.extensions().map(({ state }) => state)).toEqual(["active", "active"]);
  });

  it("starts the old code again when the new one does not start", async () => {
    const trace: string[] = [];
    const { host } = await boot([traced("base", trace), traced("user", trace, "user", dependsOn("base"))]);
    const broken = extension("base", {}, () => Promise.reject(new Error("boom")));
    await expect(host.reload("base", sourceOf(broken))).rejects.toThrow(
      'the new code of "base" did not start, the old was started again: boom',
    );
    expect(trace).toEqual(["+base", "+user", "-user", "-base", "+base", "+user"]);
    expect(host.extensions().map(({ state }) => state)).toEqual(["active", "active"]);
  });

  it("repairs what failed, and what waited for it", async () => {
    const { host, states } = await boot([
      extension("a", {}, () => Promise.reject(new Error("boom"))),
      extension("b", dependsOn("a")),
      extension("c", dependsOn("app/x")),
    ]);
    expect(states).toMatchObject({ a: "failed: boom", b: 'disabled: needs "a", which failed: boom' });
    const x = defineService<number>()("app/x");
    const repaired = extension("a", { contributes: { services: [x.id] } }, (own) => own.provide(x, 1));
    await host.reload("a", sourceOf(repaired));
    expect(host.extensions().map(({ id, state, reason }) => [id, state, reason])).toEqual([
      ["a", "active", undefined],
      ["b", "active", undefined],
      ["c", "active", undefined],
    ]);
  });

  it("replaces an activation that is under way", async () => {
    const stuck = extension("a", {}, () => new Promise(() => {}));
    const host = createTestHost({ extensions: [stuck, extension("b", dependsOn("a"))] });
    const started = host.start();
    await host.clock.settle();
    await host.reload("a", sourceOf(extension("a")));
    const { extensions } = await started;
    expect(extensions.map(({ id, state, reason }) => [id, state, reason])).toEqual([
      ["a", "active", undefined],
      ["b", "active", undefined],
    ]);
    await host.clock.advance(20_000);
    expect(host.extensions().map(({ state }) => state)).toEqual(["active", "active"]);
    await host.stop();
    expectNoLeaks(host);
  });

  it("forgets faults, runs one at a time, and knows its extensions", async () => {
    const trace: string[] = [];
    const { host } = await boot([
      extension("a", {}, (own) => {
        trace.push("a");
        own.timers.after(1, () => {
          throw new Error("x");
        });
      }),
    ]);
    await host.clock.advance(1);
    expect(host.extensions()[0]?.faults).toBe(1);
    await Promise.all([host.reload("a"), host.reload("a")]);
    expect(host.extensions()[0]).toMatchObject({ faults: 0, lastFault: undefined });
    expect(trace).toEqual(["a", "a", "a"]);
    await expect(host.reload("b")).rejects.toThrow('there is no running extension "b" to reload');
  });
});
