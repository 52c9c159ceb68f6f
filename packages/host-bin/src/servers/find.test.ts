import { spawnSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeServerFile } from "../server-file.ts";
import { type TestFolder, testFolder } from "../testing/folder.ts";
import type { ServersContext } from "./context.ts";
import { findServer } from "./find.ts";
import { differencesOf, fingerprintOf } from "./fingerprint.ts";
import { stopServer } from "./stop.ts";
import { defaultTimes } from "./times.ts";

const token = "t".repeat(43);
let folder: TestFolder;
let server: Server;
let url: string;
let health: unknown;
/** So many times it is still starting. */
let notReady: number;
let asked: (string | undefined)[];

beforeEach(async () => {
  folder = testFolder();
  folder.file("data/token", token);
  asked = [];
  health = { status: "ok", version: "1.0.0", pid: process.pid, uptimeMs: 5 };
  notReady = 0;
  server = createServer((request, response) => {
    asked.push(request.headers.authorization);
    if (notReady-- > 0) {
      response.writeHead(503, { "content-type": "application/problem+json" });
      response.end(JSON.stringify({ type: "x", title: "x", status: 503, code: "starting" }));
    } else response.end(JSON.stringify(health));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
  folder.remove();
});

const dataDir = () => join(folder.path, "data");
const context = (env: Record<string, string> = {}): ServersContext => ({
  env: { DISPATCH_CONFIG: join(folder.path, "none.json"), ...env },
  cwd: folder.path,
  version: "1.0.0",
  program: "none",
  times: { ...defaultTimes, probeMs: 500, pollMs: 5, stopMs: 50 },
});
const serverJson = (pid = process.pid) =>
  writeServerFile(join(dataDir(), "server.json"), {
    pid,
    url,
    version: "1.0.0",
    startedAt: 0,
    fingerprint: fingerprintOf({ ...context(), key: token }),
  });

describe("by server.json", () => {
  it("finds the server that the file names, and shows it the token", async () => {
    await serverJson();
    expect(await findServer(context(), { dataDir: dataDir() })).toEqual({
      url,
      token,
      version: "1.0.0",
      pid: process.pid,
      uptimeMs: 5,
      args: [],
      differences: [],
    });
    expect(asked).toEqual([`Bearer ${token}`]);
  });

  it("ignores a file without a server, of another process, or without anything", async () => {
    expect(await findServer(context(), { dataDir: dataDir() })).toBeUndefined();
    await serverJson(process.pid + 1);
    expect(await findServer(context(), { dataDir: dataDir() })).toBeUndefined();
    await serverJson();
    health = "something else on this port";
    expect(await findServer(context(), { dataDir: dataDir() })).toBeUndefined();
  });

  it("keeps the token from whoever has taken the port of a server that is gone", async () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    await serverJson(pid);
    expect(await findServer(context(), { dataDir: dataDir() })).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it("names what this command line has and the server was started without", async () => {
    await serverJson();
    folder.file(".dispatch/config.json", '{ "model": "a/b" }');
    const other = { ...context({ OPENAI_API_KEY: "sk-1" }), version: "2.0.0" };
    const found = await findServer(other, { dataDir: dataDir() });
    expect(found?.differences).toEqual([
      "version 2.0.0 (server: 1.0.0)",
      join(folder.path, ".dispatch", "config.json"),
      "OPENAI_API_KEY",
    ]);
  });

  it("never signals a process that is not the server", async () => {
    await serverJson(process.pid + 1);
    expect(await stopServer(context(), { dataDir: dataDir() }, patient)).toBeUndefined();
  });
});

const patient = { now: false, progress: () => undefined };

describe("by address", () => {
  it("asks it with the token when it is this computer's", async () => {
    expect(await findServer(context({ DISPATCH_URL: url }), { dataDir: dataDir() })).toMatchObject({
      url,
      token,
    });
    expect(asked).toEqual([`Bearer ${token}`]);
  });

  it("waits for one that is starting", async () => {
    notReady = 3;
    expect(await findServer(context(), { dataDir: dataDir(), server: url })).toMatchObject({ url });
    expect(asked).toHaveLength(4);
  });

  it("takes DISPATCH_TOKEN, and the flag before DISPATCH_URL", async () => {
    const env = { DISPATCH_URL: "http://127.0.0.1:9", DISPATCH_TOKEN: "given" };
    expect(await findServer(context(env), { dataDir: dataDir(), server: `${url}/` })).toMatchObject({
      url,
      token: "given",
    });
  });

  it("says so when nothing answers (3), or when it is no address (2)", async () => {
    const at = (address: string) => findServer(context(), { dataDir: dataDir(), server: address });
    await expect(at("http://127.0.0.1:9")).rejects.toMatchObject({ exitCode: 3, code: "unreachable" });
    await expect(at("localhost")).rejects.toMatchObject({ exitCode: 2 });
    await expect(at("file:///etc/passwd")).rejects.toMatchObject({ exitCode: 2 });
  });

  it("refuses to stop a server that this data folder does not have", async () => {
    await expect(stopServer(context(), { dataDir: dataDir(), server: url }, patient)).rejects.toThrow(
      "was not started from",
    );
  });
});

describe("the fingerprint", () => {
  it("holds names and keyed hashes, no values; variables named in a file count", () => {
    const config = folder.file(
      "c.json",
      '{ "credentials": { "x": { "provider": "openai", "apiKey": "env:MY_KEY" } } }',
    );
    const env = { DISPATCH_CONFIG: config, MY_KEY: "sk-secret", UNRELATED: "x" };
    const print = (key: string, more = {}) =>
      fingerprintOf({ version: "1", env: { ...env, ...more }, cwd: folder.path, key });
    expect(Object.keys(print("k"))).toEqual(["version", config, "MY_KEY"]);
    expect(JSON.stringify(print("k"))).not.toContain("sk-secret");
    expect(print("k").MY_KEY).not.toBe(print("other").MY_KEY);
    expect(differencesOf(print("k", { MY_KEY: "changed" }), print("k"))).toEqual(["MY_KEY"]);
    expect(differencesOf({ version: "1" }, print("k"))).toEqual([]);
  });
});
