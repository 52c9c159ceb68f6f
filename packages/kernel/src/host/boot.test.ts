import { describe, expect, it } from "vitest";
import type { Extension } from "../contracts/extension.ts";
import { defineService } from "../contracts/handles.ts";
import type { Manifest } from "../contracts/manifest.ts";
import { tools } from "../contracts/points.ts";
import { schemas } from "../contracts/schema.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { boot, dependsOn, extension } from "../testing/loose-extension.ts";
import { createTestHost, expectNoLeaks, sourceOf } from "../testing/test-host.ts";
import { createHost } from "./create-host.ts";

describe("boot", () => {
  it("activates dependencies before dependents and independent ones at once", async () => {
    const trace: string[] = [];
    const slow = (id: string, part: Partial<Manifest>) =>
      extension(id, part, async (host) => {
        trace.push(`${id} begins`);
        await host.timers.sleep(100);
        trace.push(`${id} ends`);
      });
    const host = createTestHost({ extensions: [slow("c", dependsOn("a")), slow("a", {}), slow("b", {})] });
    const started = host.start();
    await host.clock.advance(250);
    const report = await started;
    expect(trace).toEqual(["a begins", "b begins", "a ends", "c begins", "b ends", "c ends"]);
    expect(report.extensions.map(({ id, activationMs }) => [id, activationMs])).toEqual([
      ["a", 100],
      ["c", 100],
      ["b", 100],
    ]);
    expect(report.problems).toEqual([]);
    await host.stop();
    expectNoLeaks(host);
  });

  it("boots whatever is wrong with extensions, and names every problem", async () => {
    const bad = {
      manifest: { id: "bad", versoin: "1.0.0" } as unknown as Manifest,
      trust: "local" as const,
      load: () => extension("bad"),
    };
    const { report, states } = await boot(
      [
        extension("fine"),
        bad,
        sourceOf(extension("fine"), "external"),
        extension("future", { apiVersion: "^2.0.0" }),
        extension("off"),
        extension("needs-off", dependsOn("off")),
        extension("throws", {}, () => Promise.reject(new Error("boom"))),
        extension("below", dependsOn("throws")),
        extension("deeper", dependsOn("below")),
        { ...sourceOf(extension("gone")), load: () => Promise.reject(new Error("no such file")) },
        { ...sourceOf(extension("empty")), load: () => ({}) as Extension },
        { ...sourceOf(extension("stale")), load: () => extension("stale", { version: "2.0.0" }) },
      ],
      { disabled: { off: "disabled in the config" } },
    );
    expect(states).toMatchObject({
      bad: 'failed: its manifest is wrong: version is missing; apiVersion is missing; versoin is not a known key; did you mean "version"?',
      future: "disabled: it was written for kernel API ^2.0.0, this one is 1.0.0",
      off: "disabled: disabled in the config",
      "needs-off": 'disabled: needs "off", which is disabled: disabled in the config',
      throws: "failed: boom",
      below: 'disabled: needs "throws", which failed: boom',
      deeper: 'disabled: needs "throws" (through "below"), which failed: boom',
      gone: "failed: no such file",
      empty:
        "failed: its entry is not an extension: export default defineExtension(manifest, (host) => { … })",
      stale: "failed: its code says stale 2.0.0, its manifest stale 1.0.0: build it again",
    });
    const fine = report.extensions.filter(({ id }) => id === "fine");
    expect(fine.map(({ state, reason }) => [state, reason])).toEqual([
      ["active", undefined],
      ["failed", 'the id "fine" is taken by a bundled extension'],
    ]);
    expect(report.problems.filter(({ severity }) => severity === "error")).toHaveLength(11);
  });

  it("validates settings before any code runs; a wrong one disables only its extension", async () => {
    let ran = false;
    const settings = {
      type: "object",
      properties: { depth: { type: "integer", default: 3 }, name: { type: "string" } },
      additionalProperties: false,
    };
    const seen: unknown[] = [];
    const { states } = await boot(
      [
        extension("good", { settings }, (host) => void seen.push(host.settings)),
        extension("wrong", { settings }, () => {
          ran = true;
        }),
        extension("none", {}),
      ],
      { settings: { good: { name: "x" }, wrong: { depth: "deep", nmae: 1 }, none: { a: 1 } } },
    );
    expect(states).toEqual({
      good: "active",
      wrong:
        'disabled: its settings are wrong: nmae: is not known (did you mean "name"?); depth: must be integer',
      none: "disabled: it has no settings, but the config sets a",
    });
    expect(seen).toEqual([{ depth: 3, name: "x" }]);
    expect(ran).toBe(false);
  });

  it("gives activation a deadline that says what was forgotten, and undoes what was registered", async () => {
    const undone: string[] = [];
    const stuck = extension("stuck", { contributes: { points: { tools: ["x"] } } }, async (host) => {
      host.onDispose("first", () => void undone.push("first"));
      host.contribute(tools, "x", {});
      host.onDispose("second", async () => void undone.push("second"));
      await new Promise(() => {});
    });
    const host = createTestHost({
      extensions: [stuck, extension("other", dependsOn("stuck")), extension("free")],
    });
    const started = host.start();
    await host.clock.advance(10_000);
    const { extensions } = await started;
    expect(extensions.map(({ id, state }) => `${id} ${state}`)).toEqual([
      "stuck failed",
      "other disabled",
      "free active",
    ]);
    expect(extensions[0]?.reason).toMatch(
      /did not finish within 10000 ms: does it await a promise that nothing resolves/,
    );
    expect(undone).toEqual(["second", "first"]);
    expect(host.leaks()).toEqual(["(program): service schemas"]);
    expect(host.list(tools)).toEqual([]);
  });

  it("refuses what late code of a failed activation registers, and undoes it", async () => {
    let late: unknown;
    let undone = 0;
    let go = () => {};
    const slow = extension("slow", {}, async (host) => {
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      try {
        host.onDispose("late", () => void undone++);
      } catch (error) {
        late = error;
      }
    });
    const host = createTestHost({ extensions: [slow] });
    const started = host.start();
    await host.clock.advance(10_000);
    await started;
    go();
    await host.clock.settle();
    expect(String(late)).toContain('the extension "slow" is stopped');
    expect(undone).toBe(1);
    expect(host.leaks()).toEqual(["(program): service schemas"]);
  });

  it("checks the version of a service's interface, not of who provides it", async () => {
    const greeter = defineService<{ greet(): string }>()("app/greeter", { version: "2.1.0" });
    const provider = extension("provider", { contributes: { services: ["app/greeter"] } }, (host) =>
      host.provide(greeter, { greet: () => "hi" }),
    );
    const { states } = await boot([
      provider,
      extension("new", { dependsOn: { "app/greeter": "^2.0.0" } }),
      extension("old", { dependsOn: { "app/greeter": "^1.0.0" } }),
    ]);
    expect(states).toEqual({
      provider: "active",
      new: "active",
      old: 'disabled: needs the service "app/greeter" ^1.0.0, but "provider" provides version 2.1.0',
    });
  });

  it("counts the host program's own services among what is there", async () => {
    const { states } = await boot([
      extension("a", { dependsOn: { schemas: "^1.0.0" } }, (host) =>
        host.get(schemas).compile({ type: "string" }),
      ),
      extension("b", { dependsOn: { schemas: "^2.0.0" } }),
      extension("c", { contributes: { services: ["schemas"] } }, (host) => host.provide(schemas, 1)),
    ]);
    expect(states).toEqual({
      a: "active",
      b: 'disabled: needs "schemas" ^2.0.0, but its version is 1.0.0',
      c: 'failed: the service "schemas" is already provided by the extension "(program)"',
    });
  });

  it("boots although the injected functions throw", async () => {
    const boom = () => {
      throw new Error("boom");
    };
    const host = createHost({
      clock: fakeClock(),
      log: boom,
      onFault: boom,
      compileSchema: boom,
      satisfies: (_version, range) => range === "^1.0.0" || boom(),
      secrets: { resolve: boom },
      settings: (id) => (id === "c" ? boom() : {}),
    });
    host.add(sourceOf(extension("a", {}, (own) => own.log.info("hello"))));
    host.add(sourceOf(extension("b", { dependsOn: { a: "^3.0.0" } })));
    host.add(sourceOf(extension("c")));
    host.add(sourceOf(extension("d", { settings: {} })));
    const { extensions } = await host.start();
    expect(extensions.map(({ id, reason }) => [id, reason])).toEqual([
      ["a", undefined],
      ["b", 'needs "a" ^3.0.0, but its version is 1.0.0'],
      ["c", "its settings cannot be checked: boom"],
      ["d", "its settings cannot be checked: boom"],
    ]);
  });
});
