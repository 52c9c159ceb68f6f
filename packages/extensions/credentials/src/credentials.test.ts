import { expectNoLeaks } from "@dispatch/kernel/testing";
import { afterEach, describe, expect, it } from "vitest";
import { type Started, start as startHost } from "./fixtures/start.ts";

const started: Started[] = [];
const start: typeof startHost = async (...options) => {
  const one = await startHost(...options);
  started.push(one);
  return one;
};
afterEach(async () => {
  for (const { host } of started.splice(0)) {
    await host.stop();
    expectNoLeaks(host);
    expect(host.faults).toEqual([]);
  }
});

const openai = { provider: "openai" };
const never = () => new Promise<never>(() => undefined);

describe("resolve", () => {
  it("takes credential and model apart at the first slash, and asks nobody", async () => {
    const { service, asked } = await start({ credentials: { main: openai } }, never);
    expect(await service.resolve("main/vendor/model:tag")).toMatchObject({
      id: "main/vendor/model:tag",
      model: "vendor/model:tag",
    });
    expect(await service.resolve("offline/script")).toMatchObject({ id: "offline/script", model: "script" });
    expect(asked).toEqual([]);
  });

  it("gives the provider of the credential, with its key read anew each time", async () => {
    const secrets: Record<string, string> = { "env:KEY": "one" };
    const keys: (string | undefined)[] = [];
    const { service, host } = await start(
      {
        credentials: { main: { ...openai, baseUrl: "http://x/v1", apiKey: "env:KEY" }, bare: openai },
        catalogueCacheMs: 1,
      },
      async ({ baseUrl, apiKey, credential }) => {
        if (credential === "main") keys.push(`${baseUrl} ${apiKey()}`);
        else expect(apiKey()).toBeUndefined();
        return [{ name: "m" }];
      },
      { secrets },
    );
    await service.list();
    secrets["env:KEY"] = "two";
    await host.clock.advance(10);
    await service.list();
    expect(keys).toEqual(["http://x/v1 one", "http://x/v1 two"]);
    const [first, second] = [await service.resolve("main/m"), await service.resolve("main")];
    expect(first.provider).toBe(second.provider);
  });

  it.each([
    ["its first configured model", { models: ["x", "y"] }, ["m1"], "main/x"],
    ["else the first listed", {}, ["m1", "m2"], "main/m1"],
    ["else the first that chats", {}, ["text-embedding-3", "whisper-1", "m3"], "main/m3"],
    ["or a known good one", {}, ["davinci-002", "gpt-4o", "gpt-5"], "main/gpt-5"],
  ])("a bare credential is %s", async (_, more, listed, id) => {
    const { service } = await start({ credentials: { main: { ...openai, ...more } } }, async () =>
      listed.map((name) => ({ name })),
    );
    expect((await service.resolve("main")).id).toBe(id);
  });

  it("says what to do when a bare credential means nothing", async () => {
    const { service } = await start({ credentials: { main: openai } }, async () => {
      throw new Error("server down");
    });
    await expect(service.resolve("main")).rejects.toMatchObject({
      code: "unknown-model",
      message: expect.stringContaining("server down"),
      details: { fix: expect.stringContaining('"main/<model>"') },
    });
  });

  it.each([
    ["the default", { default: "b/x", credentials: { a: openai, b: openai } }, "b/x"],
    ["a bare default", { default: "b", credentials: { a: openai, b: openai } }, "b/m1"],
    ["the first credential", { credentials: { b: openai, a: openai } }, "b/m1"],
    [
      "the first that a dialect is there for",
      { credentials: { b: { provider: "missing" }, a: openai } },
      "a/m1",
    ],
    ["offline", {}, "offline/script"],
  ])("nothing named is %s", async (_, settings, id) => {
    const { service } = await start(settings);
    expect((await service.resolve(undefined)).id).toBe(id);
    expect((await service.list()).items.filter((item) => item.default).map((item) => item.id)).toEqual(
      id === "b/x" ? [] : [id],
    );
  });

  it.each([
    ["mian/m1", "main/m1"],
    ["main/m1x", "main/m1"],
    ["m2", "main/m2"],
    ["ofline", "offline"],
    ["main/", "main/m1"],
    ["", undefined],
    ["completely/different", undefined],
    ["main/nothing-like-it", undefined],
    ["offline/nope", undefined],
  ])("refuses %j with the nearest name", async (name, near) => {
    const { service } = await start({ credentials: { main: openai } }, undefined, { boot: true });
    const error = await service.resolve(name).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "unknown-model" });
    const hint = error instanceof Error ? /Did you mean "(.*)"\?/.exec(error.message)?.[1] : "no error";
    expect(hint).toBe(near);
  });

  it("knows models by what servers add to their names", async () => {
    const listed = ["llama3:latest", "claude-sonnet-4-5-20250929", "gpt-4o-2024-08-06", "router/x"].map(
      (name) => ({ name, contextWindow: 7 }),
    );
    const { service } = await start({ credentials: { main: openai } }, async () => listed, { boot: true });
    for (const name of [
      "llama3",
      "claude-sonnet-4-5",
      "claude-sonnet-4-5-latest",
      "gpt-4o",
      "router/x:online",
    ])
      expect(await service.resolve(`main/${name}`)).toMatchObject({ model: name, contextWindow: 7 });
    await expect(service.resolve("main/llama")).rejects.toMatchObject({ code: "unknown-model" });
  });

  it("refuses a model only when a server has said what it has", async () => {
    const { service } = await start(
      { credentials: { empty: openai, down: openai, own: { ...openai, models: ["mine"] } } },
      async ({ credential }) => {
        if (credential === "down") throw new Error("down");
        return credential === "empty" ? [] : [{ name: "listed" }];
      },
      { boot: true },
    );
    for (const name of ["empty/any", "down/any", "own/mine"])
      expect((await service.resolve(name)).id).toBe(name);
    await expect(service.resolve("own/other")).rejects.toMatchObject({ code: "unknown-model" });
  });

  it("looks again before it refuses a model by an old list", async () => {
    const names = ["old"];
    const { service, host } = await start(
      { credentials: { main: openai } },
      async () => names.map((name) => ({ name })),
      { boot: true },
    );
    names.push("new");
    await expect(service.resolve("main/new")).rejects.toMatchObject({ code: "unknown-model" });
    await host.clock.advance(60_000);
    expect((await service.resolve("main/new")).id).toBe("main/new");
  });

  it("names the extension point when no dialect is there", async () => {
    const { service } = await start({ credentials: { main: { provider: "opnai" } } });
    await expect(service.resolve("main/x")).rejects.toMatchObject({
      code: "service-missing",
      message: expect.stringContaining('Did you mean "openai"?'),
    });
    const alone = await start({}, undefined, { without: "openai" });
    await expect(alone.service.resolve(undefined)).rejects.toMatchObject({ code: "service-missing" });
  });
});

describe("list", () => {
  it("has everything of all, the default marked, one failure hiding nothing", async () => {
    const { service } = await start(
      {
        credentials: {
          good: { ...openai, models: ["own", "m1"] },
          bad: openai,
          none: { provider: "missing" },
        },
      },
      async ({ credential }) => {
        if (credential === "bad") throw new Error("refused");
        return [{ name: "m1", displayName: "Model 1", contextWindow: 5 }];
      },
    );
    expect(await service.list()).toEqual({
      items: [
        { id: "good/own", credential: "good", provider: "openai", default: true },
        { id: "good/m1", credential: "good", provider: "openai", name: "Model 1", contextWindow: 5 },
        { id: "offline/script", credential: "offline", provider: "offline" },
      ],
      failures: [
        { credential: "bad", message: "refused" },
        { credential: "none", message: expect.stringContaining("No active extension") },
      ],
    });
  });

  it("asks all at once, and none longer than 5 s, even when it does not listen", async () => {
    const { service, host, asked } = await start(
      { credentials: { a: openai, slow: openai, b: openai } },
      async ({ credential }) => (credential === "slow" ? never() : [{ name: "m" }]),
    );
    const listing = service.list();
    await host.clock.settle();
    expect(asked.sort()).toEqual(["a", "b", "offline", "slow"]);
    await host.clock.advance(5_000);
    expect(await listing).toMatchObject({
      failures: [{ credential: "slow", message: expect.stringContaining("5 s") }],
    });
    expect(host.clock.pending()).toBe(0);
  });

  it("is asked once for many callers, and again after a minute; a failure after ten seconds", async () => {
    let down = true;
    const { service, host, asked } = await start({ credentials: { main: openai } }, async () => {
      if (down) throw new Error("down");
      return [{ name: "m" }];
    });
    const times = () => asked.filter((name) => name === "main").length;
    await Promise.all([service.list(), service.list(), service.list()]);
    expect(times()).toBe(1);
    down = false;
    await host.clock.advance(10_000);
    expect((await service.list()).failures).toEqual([]);
    expect(times()).toBe(2);
    await host.clock.advance(59_000);
    await service.list();
    expect(times()).toBe(2);
    await host.clock.advance(1_000);
    await service.list();
    expect(times()).toBe(3);
  });

  it("happens once after the boot, and what fails is logged without its key", async () => {
    const { host, asked } = await start(
      { credentials: { main: { ...openai, apiKey: "sk-secret" } } },
      async ({ apiKey }) => {
        throw new Error(`refused ${apiKey()}`);
      },
      { boot: true, secrets: { "sk-secret": "sk-secret" } },
    );
    expect(asked).toContain("main");
    expect(JSON.stringify(host.logs)).toContain("refused [redacted]");
    expect(JSON.stringify(host.logs)).not.toContain("sk-secret");
  });
});
