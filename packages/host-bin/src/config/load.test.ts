import { join } from "node:path";
import type { Manifest } from "@dispatch/kernel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestFolder, testFolder } from "../testing/folder.ts";
import { type ConfigFlags, loadConfig } from "./load.ts";

let folder: TestFolder;
beforeEach(() => {
  folder = testFolder();
});
afterEach(() => folder.remove());

const extension = (id: string, more: Partial<Manifest> = {}): Manifest => ({
  id,
  version: "1.0.0",
  apiVersion: "^1.0.0",
  ...more,
});
const manifests = [
  extension("provider-openai", {
    capabilities: ["network"],
    contributes: { points: { providers: ["openai"] } },
  }),
  extension("provider-offline", { contributes: { points: { providers: ["offline"] } } }),
  extension("tools-shell", { capabilities: ["spawn"] }),
  extension("transport-http", { capabilities: ["network"] }),
  extension("credentials", { capabilities: ["secrets"] }),
  extension("session-orchestrator"),
];

interface Given {
  readonly user?: string;
  readonly project?: string;
  readonly env?: Record<string, string>;
  readonly flags?: ConfigFlags;
}

function load({ user, project, env, flags }: Given) {
  folder.file("project/.dispatch/config.json", project ?? "{}");
  const config = folder.file("user.json", user ?? "{}");
  return loadConfig({
    env: { DISPATCH_CONFIG: config, ...env },
    cwd: join(folder.path, "project"),
    flags,
    manifests,
  });
}

/** Problems as one text, with the test's folder left out. */
function problemsOf(given: Given): string {
  try {
    load(given);
  } catch (error) {
    return (error as Error).message.replaceAll(`${folder.path}/`, "");
  }
  throw new Error("the configuration was accepted");
}

const sourceOf = (path: string, given: Given) => {
  const found = load(given).values.find((value) => value.path === path);
  return found && [found.value, found.source.replace(`${folder.path}/`, "")];
};

describe("layers", () => {
  it("without anything: the built-in values", () => {
    expect(load({}).config).toEqual({
      approvals: "ask",
      server: { host: "127.0.0.1", port: 24_203 },
      credentials: { offline: { provider: "offline" } },
      extensions: {},
    });
  });

  it("later ones win, and each value knows where it comes from", () => {
    const layers: Given[] = [
      {},
      { user: '{ "server": { "port": 1000 }, "model": "a/b", "approvals": "full" }' },
      { project: '{ "model": "c/d", "approvals": "read-only" }' },
      { env: { DISPATCH_PORT: "2000", DISPATCH_APPROVALS: "workspace" } },
      { flags: { port: 3000, approvals: "ask" } },
    ];
    const upTo = (count: number): Given => Object.assign({}, ...layers.slice(0, count)) as Given;
    expect([1, 2, 3, 4, 5].map((count) => sourceOf("server.port", upTo(count)))).toEqual([
      [24_203, "built-in"],
      [1_000, "user.json"],
      [1_000, "user.json"],
      [2_000, "environment DISPATCH_PORT"],
      [3_000, "flag --port"],
    ]);
    expect(sourceOf("model", upTo(3))).toEqual(["c/d", "project/.dispatch/config.json"]);
    expect([2, 3, 4, 5].map((count) => sourceOf("approvals", upTo(count))?.[0])).toEqual([
      "full",
      "read-only",
      "workspace",
      "ask",
    ]);
  });

  it("objects merge, lists replace", () => {
    const { config } = load({
      user: '{ "extensions": { "tools-shell": { "settings": { "timeoutMs": 1, "list": [1, 2] } } } }',
      project: '{ "extensions": { "tools-shell": { "settings": { "timeoutMs": 5 } } } }',
    });
    expect(config.extensions["tools-shell"]?.settings).toEqual({ timeoutMs: 5, list: [1, 2] });
  });

  it("files may have comments, trailing commas and a byte order mark", () => {
    expect(load({ user: '\uFEFF{ // mine\n "model": "a/b", /* so */ }' }).config.model).toBe("a/b");
  });

  it("a flag names another file than the variable", () => {
    const flags = { config: folder.file("flag.json", '{ "model": "from/flag" }') };
    expect(load({ user: '{ "model": "from/env" }', flags }).config.model).toBe("from/flag");
  });

  it("keys like __proto__ are keys", () => {
    expect(problemsOf({ user: '{ "__proto__": { "polluted": true } }' })).toContain("__proto__: unknown key");
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe("the environment", () => {
  it("keys become credentials by reference: the value itself is in no configuration", () => {
    const env = { OPENAI_API_KEY: "sk-secret", OPENAI_BASE_URL: "http://localhost:1/v1" };
    const loaded = load({ env });
    expect(loaded.config.credentials.openai).toEqual({
      provider: "openai",
      apiKey: "env:OPENAI_API_KEY",
      baseUrl: "http://localhost:1/v1",
    });
    expect(JSON.stringify(loaded)).not.toContain("sk-secret");
  });

  it("empty variables count as absent", () => {
    const env = { OPENAI_API_KEY: "", DISPATCH_PORT: "", DISPATCH_APPROVALS: "" };
    expect(load({ env }).config).toEqual(load({}).config);
  });

  it("a key that nobody here can use is said, not used", () => {
    const { config, warnings } = load({ env: { ANTHROPIC_API_KEY: "x" } });
    expect(config.credentials.anthropic).toBeUndefined();
    expect(warnings).toEqual([
      "ANTHROPIC_API_KEY is set, but no extension here speaks to anthropic; it is not used",
    ]);
  });
});

describe("refused", () => {
  it.each<[string, Given, string]>([
    ["an unknown key", { user: '{ "modle": "a" }' }, 'user.json: modle: unknown key; did you mean "model"?'],
    [
      "an unknown key below",
      { user: '{ "server": { "prot": 1 } }' },
      'server.prot: unknown key; did you mean "port"?',
    ],
    ["an unknown key like nothing", { user: '{ "zzzzzzzz": 1 }' }, "known are $schema, model, approvals"],
    [
      "an unknown extension",
      { user: '{ "extensions": { "tool-shell": {} } }' },
      'did you mean "tools-shell"?',
    ],
    [
      "a port that is a text",
      { user: '{ "server": { "port": "x" } }' },
      'server.port: must be a whole number from 0 to 65535, not "x"',
    ],
    ["a port too high", { user: '{ "server": { "port": 65536 } }' }, "not 65536"],
    [
      "a mode",
      { user: '{ "approvals": "al" }' },
      "approvals: must be one of read-only, ask, workspace, full",
    ],
    [
      "a base URL",
      { user: '{ "credentials": { "x": { "provider": "openai", "baseUrl": "ftp://x" } } }' },
      "credentials.x.baseUrl: must match",
    ],
    [
      "a credential without dialect",
      { user: '{ "credentials": { "x": {} } }' },
      "credentials.x.provider: missing",
    ],
    [
      "a grant",
      { user: '{ "extensions": { "tools-shell": { "grant": ["everything"] } } }' },
      "extensions.tools-shell.grant.0: must be one of",
    ],
    [
      "a text for a flag",
      { user: '{ "extensions": { "tools-shell": { "enabled": "no" } } }' },
      "enabled: must be true or false, not a string",
    ],
    ["a list at the top", { user: "[]" }, "user.json: must be an object, not a list"],
    ["null", { user: '{ "server": null }' }, "server: must be an object, not null"],
    ["an empty model", { user: '{ "model": "" }' }, "model: must not be empty"],
    ["broken JSON", { user: '{ "model": \n }' }, "user.json: line 2, column 2: value expected"],
    [
      "a missing file that was named",
      { env: { DISPATCH_CONFIG: "/nowhere.json" } },
      "/nowhere.json: there is no such file",
    ],
    [
      "a port in the environment",
      { env: { DISPATCH_PORT: "http" } },
      'environment DISPATCH_PORT: must be a whole number from 0 to 65535, not "http"',
    ],
    [
      "a mode in the environment",
      { env: { DISPATCH_APPROVALS: "yolo" } },
      "environment DISPATCH_APPROVALS: must be one of",
    ],
    ["a port flag", { flags: { port: 99_999 } }, "flag --port: must be"],
  ])("%s", (_, given, sentence) => {
    expect(problemsOf(given)).toContain(sentence);
  });

  it("all problems of all layers at once", () => {
    const problems = problemsOf({
      user: '{ "modle": 1, "server": { "port": -1 } }',
      project: '{ "server": {}, "wrong": 1 }',
      env: { DISPATCH_PORT: "x" },
    });
    expect(problems).toMatch(/^The configuration has 5 problems:/);
    expect(problems.split("\n")).toHaveLength(6);
  });

  it("never shows what could be a secret", () => {
    const problems = problemsOf({ user: '{ "approvals": "sk-0123456789abcdefghijklmnop" }' });
    expect(problems).not.toContain("sk-0123");
  });
});

describe("a project may not set", () => {
  it.each([
    [
      "credentials",
      '{ "credentials": { "openai": { "provider": "openai", "baseUrl": "http://evil" } } }',
      "credentials",
    ],
    ["the server", '{ "server": { "host": "0.0.0.0" } }', "server"],
    ["environment", '{ "env": { "PATH": "/evil" } }', "env"],
    ["grants", '{ "extensions": { "tools-shell": { "grant": ["spawn"] } } }', "extensions.tools-shell.grant"],
    [
      "extension paths",
      '{ "extensions": { "tools-shell": { "path": "./evil.js" } } }',
      "extensions.tools-shell.path",
    ],
    ["less care", '{ "approvals": "full" }', "approvals"],
    [
      "the transport",
      '{ "extensions": { "transport-http": { "settings": { "port": 1 } } } }',
      "extensions.transport-http",
    ],
    [
      "the credentials' extension",
      '{ "extensions": { "credentials": { "enabled": false } } }',
      "extensions.credentials",
    ],
    [
      "folders",
      '{ "extensions": { "provider-offline": { "settings": { "deep": { "roots": ["/"] } } } } }',
      "extensions.provider-offline.settings.deep.roots",
    ],
    [
      "a guard",
      '{ "extensions": { "tools-shell": { "settings": { "pathGuard": false } } } }',
      "extensions.tools-shell.settings.pathGuard",
    ],
    [
      "inherited variables",
      '{ "extensions": { "tools-shell": { "settings": { "envAllow": ["*"] } } } }',
      "extensions.tools-shell.settings.envAllow",
    ],
    [
      "further folders",
      '{ "extensions": { "session-orchestrator": { "settings": { "defaults": { "dirs": ["/home"] } } } } }',
      "extensions.session-orchestrator.settings.defaults.dirs",
    ],
    [
      "folders of workspaces",
      '{ "extensions": { "session-orchestrator": { "settings": { "workspaces": { "w": "/home" } } } } }',
      "extensions.session-orchestrator.settings.workspaces",
    ],
    [
      "what turns may cost",
      '{ "extensions": { "session-orchestrator": { "settings": { "prices": { "a/b": { "input": 0, "output": 0 } } } } } }',
      "extensions.session-orchestrator.settings.prices",
    ],
    [
      "what every turn is told",
      '{ "extensions": { "session-orchestrator": { "settings": { "defaults": { "system": "obey" } } } } }',
      "extensions.session-orchestrator.settings.defaults.system",
    ],
  ])("%s", (_, project, key) => {
    expect(problemsOf({ project })).toContain(`project/.dispatch/config.json: ${key}: a project may`);
  });

  it("but limits, switches of harmless extensions, the model and more care", () => {
    const { config } = load({
      project: `{
        "model": "offline/script",
        "approvals": "read-only",
        "extensions": {
          "tools-shell": { "settings": { "timeoutMs": 5 } },
          "provider-offline": { "enabled": false, "settings": { "loud": true } },
          "session-orchestrator": { "settings": { "maxSteps": 7 } },
        },
      }`,
    });
    expect(config.extensions["tools-shell"]?.settings).toEqual({ timeoutMs: 5 });
    expect(config.extensions["provider-offline"]).toEqual({ enabled: false, settings: { loud: true } });
  });
});
