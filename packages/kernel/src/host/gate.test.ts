import { describe, expect, it } from "vitest";
import { kv } from "../contracts/kv.ts";
import type { Manifest } from "../contracts/manifest.ts";
import { boot, extension, type LooseHost } from "../testing/loose-extension.ts";

describe("capabilities", () => {
  const store = () => {
    const rows = new Map<string, unknown>();
    return extension("store", { contributes: { services: ["kv"] } }, (host) => {
      host.provide(kv, {
        get: async (ns: string, key: string) => ({ key, value: rows.get(`${ns}/${key}`), version: 1 }),
        set: async (ns: string, key: string, value: unknown) => Boolean(rows.set(`${ns}/${key}`, value)),
        delete: async (ns: string, key: string) => rows.delete(`${ns}/${key}`),
        list: async (ns: string, { prefix = "", after = "", limit = 1_000 } = {}) =>
          [...rows.keys()]
            .filter((key) => key.startsWith(`${ns}/${prefix}`))
            .map((key) => ({ key: key.slice(ns.length + 1), value: rows.get(key), version: 1 }))
            .sort((a, b) => (a.key < b.key ? -1 : 1))
            .filter(({ key }) => key > after)
            .slice(0, limit),
      });
    });
  };
  const using = (activate: (host: LooseHost) => unknown, capabilities: Manifest["capabilities"]) =>
    extension("x", { optional: { kv: "*" }, ...(capabilities && { capabilities }) }, activate);

  it("keeps each extension to its namespace of kv", async () => {
    const seen: unknown[] = [];
    const { host } = await boot([
      store(),
      using(
        async ({ storage }) => {
          for (let n = 0; n < 1_001; n++) await storage.set(`k${n}`, n);
          await storage.set("other", { deep: true });
          await storage.delete("k0");
          seen.push(
            await storage.get("other"),
            await storage.get("k0"),
            (await storage.list("k")).length,
            (await storage.list()).at(-1),
          );
        },
        ["storage"],
      ),
    ]);
    expect(host.extensions()[1]?.reason).toBeUndefined();
    expect(seen).toEqual([{ deep: true }, undefined, 1_000, "other"]);
  });

  it("refuses what the manifest does not ask for, and what is not granted, with the line to write", async () => {
    const read = (host: LooseHost) => host.storage.get("a");
    expect((await boot([store(), using(read, ["fs"])])).states.x).toBe(
      'failed: "x" uses the capability "storage", which its manifest does not ask for; write capabilities: ["fs","storage"]',
    );
    expect((await boot([store(), using(read, ["storage", "fs"])], { granted: { x: ["fs"] } })).states.x).toBe(
      'failed: "x" is not granted the capability "storage"; to allow it, put into the config: "extensions": { "x": { "grant": ["fs","storage"] } }',
    );
    expect((await boot([using(read, ["storage"])])).states.x).toBe(
      'failed: no extension here provides the service "kv"',
    );
  });

  it("resolves secrets for who may", async () => {
    const seen: unknown[] = [];
    const ask = (host: LooseHost) =>
      void seen.push(host.secrets.resolve("env:KEY"), host.secrets.resolve("env:NONE"));
    await boot([using(ask, ["secrets"])], { secrets: { "env:KEY": "hush" } });
    expect(seen).toEqual(["hush", undefined]);
    expect((await boot([using(ask, [])])).states.x).toContain('"x" uses the capability "secrets"');
  });
});
