/** Commands about this computer and about settings, as real processes: doctor, logs, set, completion, restart. */
import { spawn } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CliOptions, type Outcome, runDispatch } from "../support/cli.ts";
import { bin, cleanEnv, tempFolder } from "../support/server.ts";

let home: { path: string; remove(): Promise<void> };
let dataDir: string;
let cwd: string;
beforeEach(async () => {
  home = await tempFolder("local");
  dataDir = join(home.path, "data");
  cwd = join(home.path, "work");
  await mkdir(cwd);
});
afterEach(async () => {
  await dispatch(["down"]);
  await home.remove();
});

const dispatch = (args: readonly string[], options: Partial<CliOptions> = {}): Promise<Outcome> =>
  runDispatch(args, { home: home.path, dataDir, cwd, ...options });

const config = async (value: unknown) => {
  const path = join(home.path, "config.json");
  await writeFile(path, JSON.stringify(value));
  return { DISPATCH_CONFIG: path };
};

interface Checks {
  readonly ok: boolean;
  readonly checks: readonly { name: string; ok: boolean; message: string; fix?: string }[];
}
async function doctor(env: Record<string, string> = {}) {
  const { code, out } = await dispatch(["doctor", "--json"], { env });
  const { ok, checks } = JSON.parse(out) as Checks;
  expect(code).toBe(ok ? 0 : 1);
  for (const check of checks) expect(check.ok).toBe(check.fix === undefined);
  return { out, of: (name: string) => checks.find((check) => check.name === name), ok };
}

describe("doctor", () => {
  it("finds nothing wrong before the first start and beside a running server, and makes nothing", async () => {
    const before = await doctor();
    expect(before.ok).toBe(true);
    expect(before.of("data folder")?.message).toContain("is made at the first start");
    await expect(readFile(join(dataDir, "token"))).rejects.toThrow("ENOENT");
    await dispatch(["models"]);
    const beside = await doctor();
    expect(beside.ok).toBe(true);
    expect(beside.of("store")?.message).toMatch(/held by the running server/);
    const { code, out } = await dispatch(["doctor"]);
    expect(code).toBe(0);
    expect(out.split("\n").every((line) => line === "" || line.startsWith("✓ "))).toBe(true);
  });

  it("names what is wrong with configuration, modes, keys and providers, and never a key", async () => {
    const refusing = createServer((_, response) => response.writeHead(401).end('{"error":{"message":"no"}}'));
    await new Promise<void>((resolve) => refusing.listen(0, "127.0.0.1", resolve));
    const baseUrl = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}/v1`;
    await dispatch(["models"]);
    await dispatch(["down"]);
    await chmod(join(dataDir, "token"), 0o644);
    const credentials = {
      unset: { provider: "openai", baseUrl, apiKey: "env:NOT_THERE" },
      refused: { provider: "openai", baseUrl, apiKey: "sk-plain-in-the-file" },
      away: { provider: "openai", baseUrl: "http://127.0.0.1:9/v1", apiKey: "env:AWAY_KEY" },
    };
    const found = await doctor({ ...(await config({ credentials })), AWAY_KEY: "sk-in-the-environment" });
    expect(found.ok).toBe(false);
    expect(found.of("data folder")).toMatchObject({
      ok: false,
      fix: expect.stringContaining("chmod -R go-rwx"),
    });
    expect(found.of("credential unset")).toMatchObject({ ok: false, message: "NOT_THERE is not set" });
    expect(found.of("credential away")).toMatchObject({ ok: true });
    expect(found.of("provider of refused")).toMatchObject({ ok: false });
    expect(found.of("provider of away")).toMatchObject({
      ok: false,
      message: expect.stringContaining("127.0.0.1:9"),
    });
    expect(found.of("provider of offline")).toMatchObject({ ok: true });
    expect(found.out).not.toMatch(/sk-/);
    refusing.close();
    const typo = await doctor(await config({ server: { prot: 1 } }));
    expect(typo.of("config")).toMatchObject({
      ok: false,
      message: expect.stringContaining('did you mean "port"'),
    });
  });

  it("does not wait for ever for a provider that says nothing", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const baseUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/v1`;
    const found = await doctor(await config({ credentials: { silent: { provider: "openai", baseUrl } } }));
    expect(found.of("provider of silent")).toMatchObject({ ok: false });
    silent.closeAllConnections();
    silent.close();
  });

  it("names a port that is taken, a store that is held and a server that is stale", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const port = String((other.address() as AddressInfo).port);
    expect((await doctor({ DISPATCH_PORT: port })).of("port")).toMatchObject({
      ok: false,
      message: `127.0.0.1:${port} is taken by another program`,
    });
    other.close();
    await dispatch(["models"]);
    const { of } = await doctor({ OPENAI_API_KEY: "sk-new", OPENAI_BASE_URL: "http://127.0.0.1:9/v1" });
    expect(of("server")).toMatchObject({
      ok: false,
      message: expect.stringContaining("OPENAI_API_KEY"),
      fix: expect.stringContaining("dispatch restart"),
    });
    const file = join(dataDir, "server.json");
    const server = JSON.parse(await readFile(file, "utf8")) as { pid: number; url: string };
    await writeFile(file, JSON.stringify({ ...server, url: "http://127.0.0.1:9" }));
    const lost = await doctor();
    expect(lost.of("store")).toMatchObject({
      ok: false,
      message: expect.stringContaining(`process ${server.pid}`),
    });
    expect(lost.of("server")).toMatchObject({ ok: false, message: expect.stringContaining("does not") });
    await writeFile(file, JSON.stringify(server));
  });

  it("and `status` say what the server runs with where it is something else than here", async () => {
    const settings = { maxSteps: 7 };
    const own = await config({ extensions: { "session-orchestrator": { settings } } });
    const refusing = createServer((_, response) => response.writeHead(401).end('{"error":{"message":"no"}}'));
    await new Promise<void>((resolve) => refusing.listen(0, "127.0.0.1", resolve));
    const baseUrl = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}/sk-theirs-alone/v1`; // a secret, wherever it stands
    const theirs = {
      DISPATCH_APPROVALS: "full",
      OPENAI_API_KEY: "sk-theirs-alone",
      OPENAI_BASE_URL: baseUrl,
    };
    await dispatch(["models"], { env: theirs });
    const { out, err } = await dispatch(["status"], { env: own });
    const line = (path: string) => out.split("\n").find((each) => each.startsWith(`${path} `));
    expect(line("approvals")).toMatch(/"full" \(environment DISPATCH_APPROVALS\) +here: "ask" \(built-in\)$/);
    expect(line("credentials.openai.baseUrl")).toMatch(/here: not set$/);
    expect(line("extensions.session-orchestrator.settings.maxSteps")).toMatch(
      / not set +here: 7 \(.*config\.json\)$/,
    );
    expect(line("server.port")).not.toContain("here:");
    expect(err).toContain("differs in");
    const json = JSON.parse((await dispatch(["status", "--json"], { env: own })).out);
    expect(json.serverConfig.values).toContainEqual({
      path: "approvals",
      value: "full",
      source: "environment DISPATCH_APPROVALS",
    });
    expect(json.values).toContainEqual({ path: "approvals", value: "ask", source: "built-in" });

    const found = await doctor(own);
    expect(found.of("server's config")).toMatchObject({
      ok: true,
      message: expect.stringContaining(
        'approvals is "full" (environment DISPATCH_APPROVALS); here it would be "ask"',
      ),
    });
    expect(found.of("server's openai")).toMatchObject({ ok: false });
    for (const text of [out, err, found.out, JSON.stringify(json)]) expect(text).not.toContain("sk-theirs");
    const same = await dispatch(["status"], { env: theirs });
    expect(same.out).not.toContain("here:");
    refusing.close();
  });

  it("--schema prints what the build has published; a file that names it is taken", async () => {
    const { code, out } = await dispatch(["doctor", "--schema"]);
    expect(code).toBe(0);
    const path = fileURLToPath(new URL("../../dist/config.schema.json", import.meta.url));
    expect(JSON.parse(out)).toEqual(JSON.parse(await readFile(path, "utf8")));
    expect(out).toContain('"listLimit"'); // the settings of extensions are in it
    expect((await doctor(await config({ $schema: path }))).ok).toBe(true);
  });
});

describe("logs", () => {
  it("shows the log by level, as JSON, and follows it until Ctrl-C", async () => {
    expect(await dispatch(["logs"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("There is no log"),
    });
    await dispatch(["models"]);
    const { out } = await dispatch(["logs"]);
    expect(out).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d info {2}host: ready url="http/m);
    expect((await dispatch(["logs", "--level", "error"])).out).toBe("");
    const json = (await dispatch(["logs", "--json", "-n", "1"])).out.trim().split("\n");
    expect(json).toHaveLength(1);
    expect(JSON.parse(json[0] ?? "")).toMatchObject({
      level: expect.any(String),
      message: expect.any(String),
    });

    const env = cleanEnv(home.path, { DISPATCH_DATA_DIR: dataDir });
    const child = spawn(process.execPath, [bin, "logs", "-f"], { cwd, env });
    let seen = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      seen += text;
    });
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    await expect.poll(() => seen).toContain("host: ready");
    await dispatch(["down"]);
    await expect.poll(() => seen).toContain("host: stopping");
    expect(seen.match(/host: ready/g)).toHaveLength(1);
    child.kill("SIGINT");
    expect(await ended).toBe(130);
  });
});

describe("set", () => {
  it("shows effective settings with sources, changes several at once, clears with null, all or nothing", async () => {
    await dispatch(["chat", "-c", "mine", "Hello"]);
    const shown = await dispatch(["set", "mine"]);
    expect(shown.out).toMatch(/^effort +"high" +\(built-in\)$/m);
    expect(shown.out).toMatch(new RegExp(`^cwd +"${cwd}" +\\(conversation\\)$`, "m"));
    const changed = await dispatch([
      "set",
      "mine",
      "maxSteps=5",
      "effort=low",
      "cwd=..",
      "warming.enabled=true",
    ]);
    expect(changed.code).toBe(0);
    for (const line of [
      /^maxSteps +5 +\(conversation\)/m,
      /^effort +"low"/m,
      /^warming +\{"enabled":true\}/m,
    ]) {
      expect(changed.out).toMatch(line);
    }
    expect(changed.out).toContain(JSON.stringify(home.path));
    const wrong = await dispatch(["set", "mine", "maxSteps=7", "efort=low", "timeoutMs=soon"]);
    expect(wrong).toMatchObject({ code: 2, out: "" });
    expect(wrong.err).toMatch(/"efort" is not a setting; did you mean "effort"\?[\s\S]*timeoutMs: /);
    const cleared = await dispatch(["set", "mine", "effort=null", "--json"]);
    const { settings } = JSON.parse(cleared.out) as { settings: Record<string, unknown> };
    expect(settings).toMatchObject({
      effort: { value: "high", source: "built-in" },
      maxSteps: { value: 5, source: "conversation" },
    });
  });
});

describe("completion", () => {
  const complete = async (...words: string[]) =>
    (await dispatch(["complete", "--", ...words])).out
      .trim()
      .split("\n")
      .map((line) => line.split("\t")[0]);

  it("proposes commands, flags, choices, conversations and models, and starts no server for it", async () => {
    expect(await complete("sta")).toEqual(["status", ":4"]);
    // An extension's among them, without a server; not the hidden one.
    expect(await complete("comp")).toEqual(["compact", "completion", ":4"]);
    expect(await complete("list", "--st")).toEqual(["--status", ":4"]);
    expect(await complete("chat", "--effort", "x")).toEqual(["xhigh", ":4"]);
    expect(await complete("show", "")).toEqual([":4"]);
    await expect(readFile(join(dataDir, "server.json"))).rejects.toThrow("ENOENT");
    await dispatch(["chat", "-c", "my-own", "Hello"]);
    expect(await complete("show", "my")).toEqual(["my-own", ":4"]);
    expect(await complete("chat", "-c", "")).toEqual(["my-own", ":4"]);
    expect(await complete("chat", "--model", "off")).toEqual(["offline/script", ":4"]);
    expect(await complete("chat", "--model=off")).toEqual(["offline/script", ":4"]);
  });

  it("has a script for each shell; none evaluates the line that is typed", async () => {
    for (const shell of ["bash", "zsh", "fish", "powershell"]) {
      const { out } = await dispatch(["completion", shell]);
      expect(out).toContain("dispatch complete");
      expect(out).not.toMatch(/\beval\b|compgen|Invoke-Expression|\biex\b/i);
    }
    expect(await dispatch(["completion", "tcsh"])).toMatchObject({ code: 2 });
  });
});

describe("a server that was started without what is here now", () => {
  it("keyless, then with a key: each command says what to do, and `restart` does it", async () => {
    await dispatch(["chat", "Hello"]);
    const env = { OPENAI_API_KEY: "sk-new", OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };
    const told = await dispatch(["chat", "Hello again"], { env });
    expect(told.code).toBe(0);
    expect(told.err).toContain("differs in OPENAI_API_KEY, OPENAI_BASE_URL; `dispatch restart` applies it");
    expect(told.err).not.toContain("sk-new");
    await dispatch(["restart"], { env });
    const { out, err } = await dispatch(["models", "--json"], { env });
    expect(err).not.toContain("differs");
    expect((JSON.parse(out) as { failures: { credential: string }[] }).failures).toMatchObject([
      { credential: "openai" },
    ]);
  });

  it("`restart` with a wrong configuration says so and leaves the server that runs", async () => {
    await dispatch(["chat", "-c", "runs", "Hello"]);
    const refused = await dispatch(["restart"], { env: { DISPATCH_APPROVALS: "sometimes" } });
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("DISPATCH_APPROVALS") });
    expect((await dispatch(["show", "runs", "--no-start"])).code).toBe(0);
  });

  it("`restart` keeps the flags of `serve`, extension files among them", async () => {
    const example = fileURLToPath(new URL("../../../../examples/extensions/hello.ts", import.meta.url));
    const args = [bin, "serve", "--approvals", "read-only", "--ext", example];
    const child = spawn(process.execPath, args, {
      cwd,
      env: cleanEnv(home.path, { DISPATCH_DATA_DIR: dataDir, DISPATCH_PORT: "0" }),
    });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    expect((await dispatch(["restart"])).out).toMatch(/^restarted /);
    expect((await dispatch(["extensions"])).out).toMatch(/✓ {2}hello /);
    expect((await dispatch(["chat", "-c", "kept", "Hello"])).code).toBe(0);
    expect((await dispatch(["set", "kept"])).out).toMatch(/^approvals +"read-only"/m);
  });
});
