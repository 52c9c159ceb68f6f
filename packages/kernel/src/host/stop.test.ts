import { describe, expect, it } from "vitest";
import type { Manifest } from "../contracts/manifest.ts";
import { dependsOn, extension } from "../testing/loose-extension.ts";
import { createTestHost, expectNoLeaks } from "../testing/test-host.ts";

describe("stop", () => {
  it("stops dependents first, each with a deadline, and may start again", async () => {
    const trace: string[] = [];
    const traced = (id: string, part: Partial<Manifest>) =>
      extension(id, part, (host) => {
        trace.push(`+${id}`);
        host.signal.addEventListener("abort", () => trace.push(`~${id}`));
        host.onDispose("trace", () => void trace.push(`-${id}`));
      });
    const hangs = extension("hangs", dependsOn("a"), (host) =>
      host.onDispose("never", () => new Promise(() => {})),
    );
    const host = createTestHost({ extensions: [traced("a", {}), traced("b", dependsOn("a")), hangs] });
    await host.start();
    const stopped = Promise.all([host.stop(), host.stop()]);
    await host.clock.advance(5_000);
    await stopped;
    expect(trace).toEqual(["+a", "+b", "~b", "-b", "~a", "-a"]);
    expect(host.leaks()).toEqual(["hangs: never"]);
    expect(() => expectNoLeaks(host)).toThrow("still registered after stop:\n  hangs: never");
    expect(host.faults.map(({ where, message }) => `${where}: ${message}`)).toEqual([
      "undo of hangs: never: was not undone within 5000 ms",
    ]);
    expect(host.extensions().map(({ state }) => state)).toEqual(["stopped", "stopped", "stopped"]);
    await host.start();
    expect(host.extensions().map(({ state }) => state)).toEqual(["active", "active", "active"]);
  });

  it("stops while it starts", async () => {
    const stuck = extension("stuck", {}, () => new Promise(() => {}));
    const host = createTestHost({ extensions: [stuck, extension("b", dependsOn("stuck"))] });
    const started = host.start();
    await host.clock.settle();
    await host.stop();
    const { extensions } = await started;
    expect(extensions.map(({ state }) => state)).toEqual(["stopped", "stopped"]);
    expectNoLeaks(host);
    expect(host.clock.pending()).toBe(0);
  });

  it("is needed before another start, and does nothing before one", async () => {
    const host = createTestHost({ extensions: [extension("a")] });
    await host.stop();
    await host.start();
    await expect(host.start()).rejects.toThrow("the host is started already");
    expect(() =>
      host.add({ manifest: extension("b").manifest, trust: "local", load: () => extension("b") }),
    ).toThrow("extensions are added before start");
  });
});
