import { describe, expect, it } from "vitest";
import { boot, dependsOn, extension } from "../testing/loose-extension.ts";
import { sourceOf } from "../testing/test-host.ts";

describe("report", () => {
  it("is a tree with state, milliseconds, trust and why", async () => {
    const { host } = await boot([
      extension("store"),
      extension("app", { ...dependsOn("store"), listens: { events: ["store/x"] } }),
      extension("feature", dependsOn("app", "store")),
      sourceOf(
        extension("broken", {}, () => Promise.reject(new Error("boom"))),
        "local",
      ),
      sourceOf(extension("later", { activation: "lazy" }), "external"),
    ]);
    expect(host.report()).toBe(
      [
        "5 extensions: 3 active, 1 lazy, 1 failed (0 ms)",
        "├─ store 1.0.0          active        0 ms  bundled",
        "│  └─ app 1.0.0         active        0 ms  bundled",
        '│       note: declared in listens but not heard: the event "store/x"',
        "│     └─ feature 1.0.0  active        0 ms  bundled",
        "├─ broken 1.0.0         failed        0 ms  local",
        "│    why: boom",
        "└─ later 1.0.0          lazy                external",
      ].join("\n"),
    );
  });
});
