import { describe, expect, it } from "vitest";
import type { Manifest } from "../contracts/manifest.ts";
import { tools } from "../contracts/points.ts";
import { boot, dependsOn, extension, type LooseHost } from "../testing/loose-extension.ts";

describe("two-way enforcement", () => {
  const run = async (activate: (host: LooseHost) => unknown, part: Partial<Manifest> = {}) =>
    (await boot([extension("x", part, activate)])).states.x;
  const handle = (id: string) => ({ id, onError: "skip", timeoutMs: 1, version: "1.0.0" });

  it.each<[string, (host: LooseHost) => unknown, string]>([
    [
      "contribute",
      (host) => host.contribute(tools, "hi", {}),
      'contribute("tools", "hi") is not in the manifest of "x"; add contributes: { points: { "tools": ["hi"] } }',
    ],
    [
      "provide",
      (host) => host.provide(handle("x/s"), 1),
      'provide("x/s") is not in the manifest of "x"; add contributes: { services: ["x/s"] }',
    ],
    [
      "emit",
      (host) => host.emit(handle("x/e"), 1),
      'emit("x/e") is not in the manifest of "x"; add contributes: { events: ["x/e"] }',
    ],
    [
      "apply",
      (host) => host.apply(handle("x/f"), 1),
      'apply("x/f") is not in the manifest of "x"; add contributes: { filters: ["x/f"] }',
    ],
    [
      "on",
      (host) => host.on(handle("y/e"), () => {}),
      'on("y/e") is not in the manifest of "x"; add listens: { events: ["y/e"] }',
    ],
    [
      "filter",
      (host) => host.filter(handle("y/f"), () => {}),
      'filter("y/f") is not in the manifest of "x"; add listens: { filters: ["y/f"] }',
    ],
  ])("%s", async (_, activate, message) => {
    expect(await run(activate)).toBe(`failed: ${message}`);
  });

  it("suggests the declared name that is near", async () => {
    expect(
      await run((host) => host.contribute(tools, "hallo", {}), {
        contributes: { points: { tools: ["hello"] } },
      }),
    ).toContain('(declared is "hello")');
  });

  it("fails what leaves out something declared, and only warns about listening", async () => {
    const part: Partial<Manifest> = {
      contributes: { points: { tools: ["a", "b", "mcp_*"] }, services: ["x/s"] },
      listens: { events: ["y/e"], filters: ["y/f"] },
    };
    expect(await run((host) => host.contribute(tools, "a", {}), part)).toBe(
      'failed: declared in its manifest but not registered: "b" in the point "tools", the service "x/s"',
    );
    const { report } = await boot([extension("x", { listens: part.listens ?? {} })]);
    expect(report.problems).toEqual([
      {
        extensionId: "x",
        severity: "warning",
        message: 'declared in listens but not heard: the event "y/e", the filter "y/f"',
      },
    ]);
  });

  it("names the holder of a name that a pattern met", async () => {
    const holder = extension("holder", { contributes: { points: { tools: ["mcp_x"] } } }, (host) =>
      host.contribute(tools, "mcp_x", {}),
    );
    const second = extension(
      "second",
      { contributes: { points: { tools: ["mcp_*"] } }, ...dependsOn("holder") },
      (host) => host.contribute(tools, "mcp_x", {}),
    );
    const { states } = await boot([holder, second]);
    expect(states.second).toBe(
      'failed: the name "mcp_x" in the point "tools" is taken by the extension "holder"',
    );
  });
});
