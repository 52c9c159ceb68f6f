/** The command line and its background server as real processes: started once, found, replaced, stopped, explained. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CliOptions, type Outcome, runDispatch } from "../support/cli.ts";
import { bin, cleanEnv, tempFolder } from "../support/server.ts";

let home: { path: string; remove(): Promise<void> };
let dataDir: string;
let cwd: string;
beforeEach(async () => {
  home = await tempFolder("cli");
  dataDir = join(home.path, "data");
  cwd = join(home.path, "work");
  await mkdir(cwd);
});
afterEach(async () => {
  await dispatch(["down"]);
  await home.remove();
});

const envOf = (extra: Readonly<Record<string, string>> = {}) =>
  cleanEnv(home.path, { DISPATCH_DATA_DIR: dataDir, DISPATCH_PORT: "0", ...extra });

const dispatch = (args: readonly string[], options: Partial<CliOptions> = {}): Promise<Outcome> =>
  runDispatch(args, { home: home.path, dataDir, cwd, ...options });

const serverFile = () =>
  JSON.parse(readFileSync(join(dataDir, "server.json"), "utf8")) as { pid: number; url: string };
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const ended = (child: ChildProcess) => new Promise<number | null>((resolve) => child.once("exit", resolve));

describe("the background server", () => {
  it("is started by the first command, found by the next, gone after `down`", async () => {
    const hello = await dispatch(["chat", "Hello"]);
    expect(hello.code).toBe(0);
    expect(hello.out).toContain("offline");
    expect([modeOf(dataDir), modeOf(join(dataDir, "token")), modeOf(join(dataDir, "server.json"))]).toEqual([
      "700",
      "600",
      "600",
    ]);
    const { pid } = serverFile();
    const again = await dispatch(["chat", "--continue"], { stdin: "piped words" });
    expect(again.out).toContain("piped words");
    expect(serverFile().pid).toBe(pid);
    const listed = JSON.parse((await dispatch(["list", "--json"])).out) as { items: { cwd: string }[] };
    expect(listed.items.map((row) => row.cwd)).toEqual([cwd]);
    expect((await dispatch(["down"])).out).toContain(`pid ${pid}`);
    expect(existsSync(join(dataDir, "server.json"))).toBe(false);
    expect(await dispatch(["list", "--no-start"])).toMatchObject({ code: 3, out: "" });
  });

  it("is one, however many commands want it at once", async () => {
    const runs = await Promise.all(
      Array.from({ length: 4 }, () => dispatch(["status", "--json"]).then(() => dispatch(["models"]))),
    );
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const ready = readFileSync(join(dataDir, "logs", "serve.log"), "utf8").match(/dispatch listening on/g);
    expect(ready).toHaveLength(1);
  });

  it("is not believed in after it was killed: the next command starts another", async () => {
    await dispatch(["models"]);
    const { pid } = serverFile();
    process.kill(pid, "SIGKILL");
    expect((await dispatch(["models"])).code).toBe(0);
    expect(serverFile().pid).not.toBe(pid);
  });

  it("is named with what differs, and replaced by `restart`", async () => {
    await dispatch(["models"]);
    const env = { OPENAI_API_KEY: "sk-never-used", OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };
    const before = await dispatch(["list"], { env });
    expect(before.err).toContain("differs in OPENAI_API_KEY, OPENAI_BASE_URL; `dispatch restart` applies it");
    const { pid } = serverFile();
    expect((await dispatch(["restart"], { env })).code).toBe(0);
    expect(serverFile().pid).not.toBe(pid);
    expect((await dispatch(["list"], { env })).err).not.toContain("differs");
  });

  it("that cannot start is explained with its own words, and where they are: exit 3", async () => {
    await mkdir(dataDir);
    await writeFile(join(dataDir, "token"), "short");
    const { code, err } = await dispatch(["models"]);
    expect(code).toBe(3);
    expect(err).toContain("does not hold a token");
    expect(err).toContain(join("data", "logs", "serve.log"));
  });
});

describe("serve", () => {
  function serve(args: readonly string[] = []): { child: ChildProcess; out: () => string } {
    const child = spawn(process.execPath, [bin, "serve", ...args], { cwd, env: envOf() });
    let out = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        out += text;
      });
    }
    return { child, out: () => out };
  }

  it.each(["SIGINT", "SIGTERM"] as const)("says one line when ready, stops at %s with 0", async (signal) => {
    const { child, out } = serve();
    await expect.poll(() => out()).toContain("\n");
    expect(out()).toBe(`dispatch listening on ${serverFile().url}\n`);
    expect((await fetch(`${serverFile().url}/health`)).status).toBe(200);
    child.kill(signal);
    expect(await ended(child)).toBe(0);
    expect(existsSync(join(dataDir, "server.json"))).toBe(false);
    expect(out()).toMatch(/^dispatch listening on \S+\n$/);
  });

  it("refuses a folder in use and a port that is taken: 1, a sentence, no stack", async () => {
    const { child, out } = serve();
    await expect.poll(() => out()).toContain("\n");
    const sameFolder = await dispatch(["serve"]);
    expect(sameFolder).toMatchObject({ code: 1, out: "" });
    expect(sameFolder.err).toMatch(/^dispatch: The server could not start\.\n {2}store-level: .*\n {2}\S/);
    const port = new URL(serverFile().url).port;
    const samePort = await dispatch(["serve", "--port", port, "--data-dir", join(home.path, "other")]);
    expect(samePort).toMatchObject({ code: 1, out: "" });
    expect(samePort.err).toContain(port);
    for (const { err } of [sameFolder, samePort]) expect(err).not.toMatch(/^\s+at /m);
    child.kill("SIGTERM");
    await ended(child);
  });

  it("refuses a data folder that nobody can make", async () => {
    const refused = await dispatch(["serve", "--data-dir", "/proc/nope/deep"]);
    expect(refused).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringMatching(
        /^dispatch: The data folder \/proc\/nope\/deep cannot be used: ENOENT\.\n.*DISPATCH_DATA_DIR/,
      ),
    });
    expect(refused.err).not.toMatch(/^\s+at /m);
  });

  it("told to stop while it starts, ends: cleanly when the start comes to its end, else as it is", async () => {
    const gate = join(cwd, "gate");
    const waits = `import { existsSync } from "node:fs";
      process.stderr.write("importing\\n");
      while (!existsSync(${JSON.stringify(gate)})) await new Promise((go) => setTimeout(go, 9));
      throw new Error("none");`;
    await writeFile(join(cwd, "waits.mjs"), waits);
    for (const comesToItsEnd of [true, false]) {
      const { child, out } = serve(["--ext", join(cwd, "waits.mjs")]);
      await expect.poll(() => out().includes("importing")).toBe(true);
      child.kill("SIGTERM");
      await expect.poll(() => out().includes("told to stop while it was starting")).toBe(true);
      if (comesToItsEnd) await writeFile(gate, "");
      expect(await ended(child)).toBe(comesToItsEnd ? 0 : 1);
      expect(existsSync(join(dataDir, "server.json"))).toBe(false);
      await rm(gate, { force: true });
    }
  });

  it("refuses a wrong configuration, naming file, path and what was meant", async () => {
    const config = join(home.path, "c.json");
    await writeFile(config, '{ "server": { "prot": 1 } }');
    const { code, err } = await dispatch(["serve", "--config", config]);
    expect(code).toBe(1);
    expect(err).toMatch(/c\.json: server\.prot: unknown key; did you mean "port"\?/);
    expect(existsSync(dataDir)).toBe(false);
  });
});

describe("chat", () => {
  it("Ctrl-C stops the turn, waits for its seal and exits with 130", async () => {
    const config = join(home.path, "c.json");
    await writeFile(
      config,
      '{ "extensions": { "provider-offline": { "settings": { "deltaDelayMs": 200 } } } }',
    );
    const child = spawn(process.execPath, [bin, "chat", "--json", "What is in this folder?"], {
      cwd,
      env: envOf({ DISPATCH_CONFIG: config }),
      stdio: ["ignore", "pipe", "inherit"],
    });
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    await expect.poll(() => out).toContain("-delta");
    child.kill("SIGINT");
    expect(await ended(child)).toBe(130);
    const types = out
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { event: { type: string } }).event.type);
    expect(types.at(-1)).toBe("turn-sealed");
    expect(out).toContain('"reason":"aborted"');
  });
});
