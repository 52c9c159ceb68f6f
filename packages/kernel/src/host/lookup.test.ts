import { describe, expect, it } from "vitest";
import { defineService } from "../contracts/handles.ts";
import type { Manifest } from "../contracts/manifest.ts";
import { tools } from "../contracts/points.ts";
import { boot, dependsOn, extension, type LooseHost } from "../testing/loose-extension.ts";
import { expectNoLeaks } from "../testing/test-host.ts";

describe("services", () => {
  const clockService = defineService<{ tick(): number }>()("app/clock");
  const lazyProvider = (trace: string[]) =>
    extension("lazy", { activation: "lazy", contributes: { services: ["app/clock"] } }, (host) => {
      trace.push("activated");
      host.provide(clockService, { tick: () => 1 });
    });

  it("says who could provide a service that is not there", async () => {
    const failing = extension("failing", { contributes: { services: ["app/clock"] } }, () => {
      throw new Error("boom");
    });
    const { host } = await boot([
      failing,
      extension("storage-x", { contributes: { services: ["storage"] } }, (h) =>
        h.provide(defineService()("storage"), 1),
      ),
    ]);
    expect(() => host.get(clockService)).toThrow(
      'the service "app/clock" comes from "failing", which failed: boom',
    );
    expect(() => host.get(defineService<number>()("storag"))).toThrow(
      /no extension here provides the service "storag"; did you mean "storage"\?/,
    );
    expect(host.find(clockService)).toBeUndefined();
    await expect(host.load(clockService)).rejects.toMatchObject({ code: "service-missing", details: {} });
  });

  it("activates a lazy provider at the first load, once", async () => {
    const trace: string[] = [];
    const { host, states } = await boot([lazyProvider(trace)]);
    expect(states).toEqual({ lazy: "lazy" });
    expect(trace).toEqual([]);
    expect(() => host.get(clockService)).toThrow(/which is lazy/);
    const [first, second] = await Promise.all([host.load(clockService), host.load(clockService)]);
    expect(first.tick()).toBe(1);
    expect(second).toBe(first);
    expect(host.get(clockService)).toBe(first);
    expect(trace).toEqual(["activated"]);
    await host.stop();
    expectNoLeaks(host);
  });

  it("activates a lazy extension that another needs", async () => {
    const trace: string[] = [];
    const { states } = await boot([
      extension(
        "user",
        dependsOn("app/clock"),
        (host) => void trace.push(`tick ${host.get(clockService).tick()}`),
      ),
      lazyProvider(trace),
    ]);
    expect(states).toEqual({ lazy: "active", user: "active" });
    expect(trace).toEqual(["activated", "tick 1"]);
  });

  it("refuses to wait for who waits for it", async () => {
    const first = extension("first", {}, (host) => host.load(clockService));
    const { states } = await boot([
      first,
      extension("second", { ...dependsOn("first"), contributes: { services: ["app/clock"] } }),
    ]);
    expect(states.first).toBe(
      'failed: "first" loads "app/clock" while it is activated, but "second" waits for that',
    );
  });
});

describe("points", () => {
  const toolExt = (id: string, names: string[], part: Partial<Manifest> = {}) =>
    extension(id, { contributes: { points: { tools: names } }, ...part }, (host) => {
      for (const name of names) host.contribute(tools, name, { name });
    });

  it("lists by dependency order, then by name, and only what is active", async () => {
    const failing = extension("failing", { contributes: { points: { tools: ["f"] } } }, (host) => {
      host.contribute(tools, "f", {});
      throw new Error("boom");
    });
    const { host } = await boot([
      toolExt("a", ["z", "m"], dependsOn("b")),
      toolExt("b", ["q", "b"]),
      failing,
    ]);
    expect(host.list(tools).map(({ name, extensionId }) => `${extensionId}.${name}`)).toEqual([
      "b.b",
      "b.q",
      "a.m",
      "a.z",
    ]);
    expect(host.list(tools)).toBe(host.list(tools));
  });

  it("activates lazy contributors at the first list and tells watchers when they are there", async () => {
    const { host } = await boot([toolExt("lazy", ["l1", "l2"], { activation: "lazy" })]);
    let changes = 0;
    const unwatch = host.watch(tools, () => void changes++);
    expect(host.list(tools)).toEqual([]);
    await host.clock.settle();
    expect(changes).toBe(1);
    expect(host.list(tools).map(({ name }) => name)).toEqual(["l1", "l2"]);
    unwatch();
    await host.stop();
    expect(changes).toBe(1);
    expectNoLeaks(host);
  });

  it("tells watchers of later changes, and a throwing watcher hurts nobody", async () => {
    let api: LooseHost | undefined;
    const seen: number[] = [];
    const dynamic = extension("dynamic", { contributes: { points: { tools: ["mcp_*"] } } }, (host) => {
      api = host;
    });
    const watcher = extension("watcher", {}, (host) => {
      host.watch(tools, () => {
        throw new Error("watcher broke");
      });
      host.watch(tools, () => void seen.push(host.list(tools).length));
    });
    const { host } = await boot([dynamic, watcher]);
    const undo = api?.contribute(tools, "mcp_one", {});
    api?.contribute(tools, "mcp_two", {});
    await host.clock.settle();
    undo();
    undo();
    await host.clock.settle();
    expect(seen).toEqual([2, 1]);
    expect(host.extensions()[1]).toMatchObject({ faults: 2, lastFault: "watch tools: watcher broke" });
  });
});
