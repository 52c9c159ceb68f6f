import { describe, expect, it } from "vitest";
import { checkManifest } from "./manifest-check.ts";
import { isRange } from "./versions.ts";

const good = { id: "hello", version: "1.0.0", apiVersion: "^1.0.0" };
const problems = (value: unknown) => checkManifest(value).map(({ path, message }) => `${path}: ${message}`);

describe("checkManifest", () => {
  it("takes a manifest that uses everything", () => {
    const full = {
      ...good,
      version: "1.0.0-beta.1+build",
      description: "Greets.",
      activation: "lazy",
      dependsOn: { "store-level": "^1.0.0", "session-orchestrator/log": ">=1 <3", kv: "*" },
      optional: { skills: "1.x || 2.x" },
      capabilities: ["storage", "secrets"],
      contributes: {
        points: { tools: ["hello", "mcp_*", "*"], "transport-http/routes": ["GET:/ext"] },
        services: ["hello/greeter"],
        events: ["hello/greeted"],
        filters: ["hello/planGreeting"],
      },
      listens: { events: ["session-orchestrator/turnSettled"], filters: ["session-orchestrator/planTurn"] },
      settings: { type: "object" },
    };
    expect(checkManifest(full)).toEqual([]);
  });

  it.each([
    [undefined, ["manifest: must be an object"]],
    [[], ["manifest: must be an object"]],
    [{}, ["id: is missing", "version: is missing", "apiVersion: is missing"]],
    [{ ...good, id: "Hello World" }, ['id: "Hello World" is not an id']],
    [{ ...good, id: "a--b" }, ['id: "a--b" is not an id']],
    [{ ...good, id: "a".repeat(65) }, ["is not an id"]],
    [{ ...good, version: "1.0" }, ['version: "1.0" is not a version']],
    [{ ...good, apiVersion: "latest" }, ['apiVersion: "latest" is not a semver range']],
    [{ ...good, apiVersion: 1 }, ["apiVersion: must be a string"]],
    [{ ...good, activation: "late" }, ['activation: must be "startup" or "lazy", not "late"']],
    [{ ...good, dependson: {} }, ['dependson: is not a known key; did you mean "dependsOn"?']],
    [{ ...good, __proto__: null, constructor: 1 }, ["constructor: is not a known key"]],
    [{ ...good, dependsOn: { kv: "newest" } }, ['dependsOn.kv: "newest" is not a semver range']],
    [{ ...good, dependsOn: { "a b": "*" } }, ['dependsOn.a b: "a b" is not a handle id']],
    [{ ...good, dependsOn: { hello: "*" } }, ["dependsOn.hello: is the extension itself"]],
    [{ ...good, dependsOn: { kv: "*" }, optional: { kv: "*" } }, ["optional.kv: is in dependsOn already"]],
    [
      { ...good, capabilities: ["storge"] },
      ['capabilities.0: "storge" is not a capability; did you mean "storage"?'],
    ],
    [{ ...good, capabilities: "fs" }, ["capabilities: must be an array"]],
    [
      { ...good, contributes: { point: {} } },
      ['contributes.point: is not a known key; did you mean "points"?'],
    ],
    [
      { ...good, contributes: { points: { tools: ["a*b"] } } },
      ['contributes.points.tools.0: "a*b" is not a name'],
    ],
    [
      { ...good, contributes: { points: { tools: ["a", "a"] } } },
      ['contributes.points.tools.1: repeats "a"'],
    ],
    [{ ...good, contributes: { events: ["other/x"] } }, ['contributes.events.0: "other/x" is not its own']],
    [
      { ...good, contributes: { filters: ["hello/"] } },
      ['contributes.filters.0: "hello/" is not a handle id'],
    ],
    [{ ...good, listens: { events: [1] } }, ["listens.events.0: must be a string"]],
    [{ ...good, settings: true }, ["settings: must be a JSON Schema object"]],
  ])("%j", (value, expected) => {
    const found = problems(value).map((each) => each.replace(/^: /, "manifest: "));
    expect(found).toHaveLength(expected.length);
    expected.forEach((sentence, index) => {
      expect(found[index]).toContain(sentence);
    });
  });

  it("reports everything at once", () => {
    const bad = {
      id: "X",
      version: "1",
      apiVersion: "?",
      capabilities: ["x"],
      contributes: { events: ["y/z"] },
      more: 1,
    };
    expect(problems(bad)).toHaveLength(6);
  });
});

describe("isRange", () => {
  it.each([
    "*",
    "1",
    "1.x",
    "^1.2.3",
    "~1.2",
    ">=1.0.0 <2.0.0",
    ">= 1.0.0",
    "1.0.0 - 2.0.0",
    "1 || 2",
    "v1.0.0",
    "^1.0.0-rc.1",
  ])("takes %s", (text) => expect(isRange(text)).toBe(true));
  it.each(["", " ", "latest", "^", "1.0.0 ||", "^^1", "1.0.0.0", "a.b.c"])("refuses %j", (text) =>
    expect(isRange(text)).toBe(false),
  );
});
