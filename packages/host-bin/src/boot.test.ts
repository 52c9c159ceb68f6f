import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createClient } from "@dispatch/client";
import { defineExtension, defineManifest } from "@dispatch/kernel";
import type { ExtensionSource } from "@dispatch/kernel/host";
import { dispatchError } from "@dispatch/wire";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bootServer, type RunningServer } from "./boot.ts";
import { loadConfig } from "./config/load.ts";
import { bundledExtensions } from "./packages.ts";
import { serverPreset } from "./presets.ts";
import { type TestFolder, testFolder } from "./testing/folder.ts";

let bundled: ExtensionSource[];
beforeAll(async () => {
  bundled = await bundledExtensions(serverPreset);
});
let folder: TestFolder;
let running: RunningServer[];
beforeEach(() => {
  folder = testFolder();
  running = [];
});
afterEach(async () => {
  for (const server of running) await server.stop();
  folder.remove();
});

interface Given {
  readonly config?: unknown;
  readonly env?: Record<string, string>;
  readonly extra?: readonly ExtensionSource[];
  readonly port?: number;
}

async function boot({ config, env = {}, extra = [], port = 0 }: Given = {}): Promise<RunningServer> {
  const user = folder.file("config.json", JSON.stringify(config ?? {}));
  const resolved = loadConfig({
    env: { ...env, DISPATCH_CONFIG: user },
    cwd: folder.path,
    flags: { port },
    manifests: [...bundled, ...extra].map(({ manifest }) => manifest),
  });
  const server = await bootServer({
    config: resolved,
    dataDir: join(folder.path, "data"),
    env,
    bundled,
    extra,
  });
  running.push(server);
  return server;
}
const logText = () => readFileSync(join(folder.path, "data", "logs", "dispatch.log"), "utf8");

const quiet = { extensions: { credentials: { settings: { detectOllama: false } } } };

describe("a server in this process", () => {
  it("answers a message with the bundled extensions and no key, then stops without leaving anything", async () => {
    const server = await boot({ config: quiet });
    const client = createClient({ url: server.url, token: server.token });
    const types: string[] = [];
    for await (const { event } of await client.chat({ message: "A private sentence.", cwd: folder.path })) {
      if (event) types.push(event.type);
    }
    expect(types.at(-1)).toBe("turn-sealed");
    expect(types).toContain("done");
    expect((await client.health()).version).toMatch(/^\d+\.\d+\.\d+/);
    expect((await client.extensions()).items.every(({ state }) => state === "active")).toBe(true);
    await server.stop();
    expect(server.host.leaks()).toEqual([]);
    await expect(client.health()).rejects.toMatchObject({ code: "unreachable" });
    expect(logText()).not.toContain("private sentence");
    expect(logText()).not.toContain(server.token);
    for (const name of ["data", "data/logs"]) expect(statSync(join(folder.path, name)).mode & 0o077).toBe(0);
  });

  it("every bundled extension but the transport's own can be switched off", async () => {
    const config = { extensions: { ...quiet.extensions, "tools-shell": { enabled: false } } };
    const server = await boot({ config });
    const row = server.host.extensions().find(({ id }) => id === "tools-shell");
    expect(row).toMatchObject({ state: "disabled", reason: "disabled by the configuration" });
  });

  it("wrong settings switch off that extension only, and say why", async () => {
    const config = { extensions: { ...quiet.extensions, "tools-fs": { settings: { listLimt: 3 } } } };
    const server = await boot({ config });
    const off = server.host.extensions().filter(({ state }) => state !== "active");
    expect(off.map(({ id }) => id)).toEqual(["tools-fs"]);
    expect(off[0]?.reason).toMatch(/listLimt: unknown key.*did you mean "listLimit"/);
    expect(logText()).toContain("listLimt");
  });

  it("extra extensions get only what the configuration grants them", async () => {
    const manifest = defineManifest({
      id: "extra",
      version: "1.0.0",
      apiVersion: "^1.0.0",
      capabilities: ["secrets"],
    });
    let found: string | undefined;
    const extra: ExtensionSource = {
      manifest,
      trust: "external",
      load: () =>
        defineExtension(manifest, (host) => {
          found = host.secrets.resolve("env:SECRET");
          host.log.info(`got ${String(found)}`);
        }),
    };
    const refused = await boot({ config: quiet, extra: [extra], env: { SECRET: "s3cret-value" } });
    expect(refused.host.extensions().find(({ id }) => id === "extra")?.state).toBe("failed");
    await refused.stop();
    const granted = { extensions: { ...quiet.extensions, extra: { grant: ["secrets"] } } };
    await boot({ config: granted, extra: [extra], env: { SECRET: "s3cret-value" } });
    expect(found).toBe("s3cret-value");
    expect(logText()).toContain("got [redacted]");
    expect(logText()).not.toContain("s3cret-value");
  });
});

describe("a start that cannot be", () => {
  it("names the port that is taken, and not what depends on it", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    const failure = await boot({ config: quiet, port }).catch((error: Error) => error);
    expect(failure).toMatchObject({ exitCode: 1, code: "boot-failed" });
    expect((failure as Error).message).toContain(String(port));
    expect((failure as Error).message.split("\n")).toHaveLength(2);
    other.close();
  });

  it("says that the data folder is in use, with the fix, and leaves the other server alone", async () => {
    const first = await boot({ config: quiet });
    const failure = await boot({ config: quiet }).catch((error: Error) => error);
    expect((failure as Error).message).toContain("store-level");
    expect(failure).toMatchObject({ code: "boot-failed" });
    expect((failure as { fix?: string }).fix).toBeTruthy();
    expect((await createClient(first).health()).status).toBe("ok");
  });

  it("keeps the fix of the extension at the root", async () => {
    const failing = bundled.map((source): ExtensionSource => {
      if (source.manifest.id !== "store-level") return source;
      const activate = () => {
        throw dispatchError("store-newer", "The store is of version 9.", { fix: "Update Dispatch." });
      };
      return { ...source, load: () => ({ manifest: source.manifest, activate }) };
    });
    const config = loadConfig({
      env: {},
      cwd: folder.path,
      manifests: failing.map(({ manifest }) => manifest),
    });
    const booting = bootServer({ config, dataDir: join(folder.path, "data"), env: {}, bundled: failing });
    await expect(booting).rejects.toMatchObject({
      message: "The server could not start.\n  store-level: The store is of version 9.",
      fix: "Update Dispatch.",
    });
  });
});
