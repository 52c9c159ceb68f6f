import { providers } from "@dispatch/kernel";
import { createTestHost, expectNoLeaks } from "@dispatch/kernel/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventsOf, fileTools, play, requestOf, user } from "./fixtures/play.ts";
import offline from "./index.ts";
import { createOfflineProvider } from "./offline-provider.ts";

const timers = { after: () => () => {}, every: () => () => {}, sleep: async () => {} };
const provider = createOfflineProvider({ deltaDelayMs: 0 }, timers);
const honest = "I am Dispatch's offline script, not a language model";
const textOf = (events: Awaited<ReturnType<typeof eventsOf>>) =>
  events.map((event) => (event.type === "text" ? event.text : "")).join("");

describe("asked about a folder", () => {
  const question = "What is in this folder? Read the files and tell me what they say.";
  const project = Object.fromEntries(
    [
      ...[
        "package.json",
        "package-lock.json",
        "tsconfig.json",
        "biome.json",
        "vitest.config.ts",
        "README.md",
        "LICENSE",
        "Makefile",
      ],
      ...[
        "src/",
        "src/index.ts",
        "docs/",
        "docs/a.md",
        "logo.png",
        ".env",
        ".gitignore",
        "yarn.lock",
        "pnpm-lock.yaml",
        "tsup.config.ts",
      ],
    ].map((name) => [name, name.endsWith("/") ? "" : `this is ${name}`]),
  );

  it("lists it, reads its text files at once, and quotes them", async () => {
    const { steps, text } = await play(provider, question, {
      ...project,
      "k3x9.txt": "The heron sleeps at noon.\n",
      qz81: "violet anvil",
    });
    expect(steps[0]).toEqual(["list_files"]);
    expect(steps).toHaveLength(2);
    expect(steps[1]).toEqual(
      expect.arrayContaining([
        "read_file k3x9.txt",
        "read_file qz81",
        "read_file README.md",
        "read_file LICENSE",
      ]),
    );
    for (const left of [
      "package-lock.json",
      "yarn.lock",
      "pnpm-lock.yaml",
      "logo.png",
      ".env",
      "src/index.ts",
    ])
      expect(steps[1]).not.toContain(`read_file ${left}`);
    expect(text.startsWith(honest)).toBe(true);
    for (const shown of [
      "k3x9.txt",
      "The heron sleeps at noon.",
      "qz81",
      "violet anvil",
      "logo.png",
      "this is biome.json",
    ])
      expect(text).toContain(shown);
  });

  it("finds files of any name among the others, with their contents", async () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9]{3,10}\.(txt|md|json|py|csv|xyz)$/);
    const content = fc.stringMatching(/^[A-Za-z0-9 ,.]{1,80}$/).filter((text) => text.trim() === text);
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(name, content, { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
        async (files) => {
          const { text } = await play(provider, question, { ...project, ...files });
          for (const [path, said] of Object.entries(files))
            expect(text.includes(path) && text.includes(said)).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("reads at most 24, prose first", async () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`a${n}.ts`, "code"]));
    const { steps } = await play(provider, question, { ...many, "z.txt": "prose" });
    expect(steps[1]).toHaveLength(24);
    expect(steps[1]).toContain("read_file z.txt");
  });

  it("says of an empty folder that it is empty", async () => {
    const { text, steps } = await play(provider, "What files are here?", {});
    expect(steps).toEqual([["list_files"]]);
    expect(text).toContain("This folder is empty.");
  });

  it("looks into the folder that is named", async () => {
    const { steps, text } = await play(provider, "What is in docs/?", {
      "a.md": "top",
      "docs/b.md": "inside",
      "docs/deep/c.md": "deeper",
    });
    expect(steps).toEqual([["list_files docs"], ["read_file docs/b.md"]]);
    expect(text).toContain("inside");
  });
});

describe("asked about files", () => {
  const folder = {
    "notes.txt": "buy milk",
    "src/app.ts": "export {};",
    "read me.txt": "spaces",
    README: "hello",
  };

  it.each([
    [
      "Read notes.txt and src/app.ts, please.",
      ["read_file notes.txt", "read_file src/app.ts"],
      ["buy milk", "export {};"],
    ],
    ['Show me "read me.txt".', ["read_file read me.txt"], ["spaces"]],
    ["What does `notes.txt` say?", ["read_file notes.txt"], ["buy milk"]],
    ["Read the README", ["read_file README"], ["hello"]],
  ])("%s", async (prompt, calls, contents) => {
    const { steps, text } = await play(provider, prompt, folder);
    expect(steps).toEqual([calls]);
    for (const content of contents) expect(text).toContain(content);
  });

  it("takes the nearest name for one that is not there", async () => {
    const { steps, text } = await play(provider, "read nots.txt", folder);
    expect(steps).toEqual([["read_file nots.txt"], ["list_files"], ["read_file notes.txt"]]);
    expect(text).toContain("buy milk");
    expect(text).toContain("nots.txt could not be read");
  });

  it("does not try again what is there and cannot be read", async () => {
    const { steps, text } = await play(provider, "read a.bin", { "a.bin": null, "b.bin": "x" });
    expect(steps).toEqual([["read_file a.bin"], ["list_files"]]);
    expect(text).toContain("a.bin could not be read: Cannot be read.");
    expect(text).not.toContain("No name here");
  });

  it("says so when nothing is near", async () => {
    const { steps, text } = await play(provider, "read zzzzzzzz.qqq", folder);
    expect(steps).toEqual([["read_file zzzzzzzz.qqq"], ["list_files"]]);
    expect(text).toContain("No name here is close");
  });

  it("shows the beginning of a long file and how much more there is", async () => {
    const long = Array.from({ length: 500 }, (_, n) => `line ${n} of the long file`).join("\n");
    const { text } = await play(provider, "read notes.txt", { "notes.txt": long });
    expect(text).toContain("line 19 of");
    expect(text).not.toContain("line 20 of");
    expect(text).toContain("(480 more lines)");
  });

  it.each([
    ["     1\tone\n     2\ttwo\n", "one\ntwo"],
    [" 9→nine\n10→ten", "nine\nten"],
    ["1\tapple\n2\tpear", "1\tapple\n2\tpear"],
    ["1  .", "1  ."],
    ["     7\tseven\n     9\tnine", "     7\tseven\n     9\tnine"],
  ])("takes line numbers off, and only those: %j", async (output, shown) => {
    expect((await play(provider, "read a.txt", { "a.txt": output })).text).toContain(
      `\`\`\`\n${shown}\n\`\`\``,
    );
  });
});

describe("asked anything else", () => {
  it("says what it is and what it can do", async () => {
    const { text, steps } = await play(provider, "Write a poem about e.g. autumn", {});
    expect(steps).toEqual([]);
    expect(text.startsWith(honest)).toBe(true);
    expect(text).toContain("OPENAI_API_KEY");
    expect(text).toContain("Write a poem about e.g. autumn");
  });

  it("says which tools are missing", async () => {
    const events = await eventsOf(provider, requestOf([user("List the files here")], { tools: [] }));
    expect(textOf(events)).toContain("I am not given list_files and read_file");
  });

  it("summarises a conversation without making anything up", async () => {
    const messages = [user("First question"), user("Summarize this conversation.")];
    const text = textOf(await eventsOf(provider, requestOf(messages)));
    expect(text).toContain("- First question");
    expect(text).not.toContain("- Summarize");
  });

  it("starts anew at each prompt", async () => {
    const first = await play(provider, "read a.txt", { "a.txt": "A" });
    const second = await play(provider, "read b.txt", { "b.txt": "B" }, first.messages);
    expect(second.steps).toEqual([["read_file b.txt"]]);
    expect(second.text).not.toContain("a.txt");
  });
});

describe("the stream", () => {
  it("has reasoning first, small pieces that lose nothing, and usage with the cached prefix", async () => {
    const folder = { "a.txt": `${"ä😀".repeat(200)} end` };
    const { events, text, messages } = await play(provider, "read a.txt", folder);
    expect(events[0]?.type).toBe("reasoning");
    expect(text).toContain(folder["a.txt"]);
    for (const event of events) if (event.type === "text") expect(event.text.length).toBeLessThan(60);
    const finish = events.at(-1);
    if (finish?.type !== "finish" || !finish.usage) throw new Error("no usage");
    expect(finish.reason).toBe("stop");
    expect(finish.usage.cacheReadTokens).toBeGreaterThan(0);
    expect(finish.usage.inputTokens).toBeGreaterThan(finish.usage.cacheReadTokens ?? 0);
    const again = await eventsOf(provider, requestOf(messages.slice(0, -1)));
    expect(again).toEqual(events);
  });

  it("keeps to a limit of tokens", async () => {
    const events = await eventsOf(provider, requestOf([user("list the files here")], { maxOutputTokens: 1 }));
    expect(events.some(({ type }) => type === "tool-call")).toBe(false);
    expect(events.at(-1)).toMatchObject({ type: "finish", reason: "length", usage: { outputTokens: 1 } });
  });

  it("has one model and refuses others", async () => {
    expect(await provider.models(new AbortController().signal)).toMatchObject([{ name: "script" }]);
    expect(await eventsOf(provider, requestOf([user("hi")], { model: "gpt" }))).toMatchObject([
      { type: "error", error: { code: "unknown-model", retryable: false } },
    ]);
  });

  it("never loops and never throws, whatever the prompt and whatever comes back", async () => {
    const result = fc.record({ output: fc.string(), isError: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: "grapheme" }),
        fc.array(result, { minLength: 30, maxLength: 30 }),
        async (prompt, results) => {
          const words = fc.sample(fc.constantFrom("read", "list", "a.txt", "docs/", "folder"), 3).join(" ");
          const folder = Object.fromEntries(results.map(({ output }, n) => [`f${n}.txt`, output]));
          await play(provider, `${prompt} ${words}`, folder);
        },
      ),
      { numRuns: 50 },
    );
  });
});

it("is contributed, paced by its setting, and stopped by its signal", async () => {
  const host = createTestHost({
    extensions: [offline],
    settings: { "provider-offline": { deltaDelayMs: 100 } },
  });
  await host.start();
  const [contribution] = host.list(providers);
  const paced = contribution?.value.connect({ credential: "offline", apiKey: () => undefined });
  if (!paced) throw new Error("offline is not there");
  const controller = new AbortController();
  const seen: string[] = [];
  const reading = (async () => {
    for await (const event of paced.stream(
      { ...requestOf([user("hello")]), tools: fileTools },
      { signal: controller.signal, log: { debug() {}, info() {}, warn() {}, error() {} } },
    ))
      seen.push("type" in event ? event.type : "many");
  })();
  await host.clock.settle();
  expect(seen).toHaveLength(1);
  await host.clock.advance(250);
  expect(seen).toHaveLength(3);
  controller.abort(new Error("stop"));
  await reading;
  expect(seen).toHaveLength(3);
  await host.stop();
  expectNoLeaks(host);
});
