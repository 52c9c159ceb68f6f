import { commandLimits } from "@dispatch/wire";
import { describe, expect, it } from "vitest";
import { catalogueOf } from "./catalogue.ts";
import { checkRun } from "./check-run.ts";
import type { ServerCommand } from "./ports.ts";

const command = (more: Partial<ServerCommand> = {}): ServerCommand => ({
  summary: "does",
  scope: "read",
  run: async () => ({ json: null }),
  ...more,
});
const option = (flags: string, more: { choices?: readonly string[] } = {}) => ({
  flags,
  description: "",
  ...more,
});
const contribution = (name: string, value: ServerCommand) => ({ name, value, extensionId: "ext" });

describe("the catalogue", () => {
  it("holds what fits, by name, as data", () => {
    const { commands, refused } = catalogueOf([
      contribution(
        "b",
        command({
          arguments: "<id>",
          options: [option("-n, --limit <n>", { choices: ["1"] })],
          examples: ["b 1"],
        }),
      ),
      contribution("a", command()),
    ]);
    expect(refused).toEqual([]);
    expect([...commands.values()].map(({ info }) => info)).toEqual([
      { name: "a", summary: "does", extension: "ext" },
      {
        name: "b",
        summary: "does",
        extension: "ext",
        arguments: "<id>",
        options: [{ flags: "-n, --limit <n>", description: "", choices: ["1"] }],
        examples: ["b 1"],
      },
    ]);
  });

  it.each([
    ["Bad", command(), "not lower case"],
    ["x", command({ run: undefined as never }), "no `run`"],
    ["x", command({ scope: "root" as never }), '"root" is no scope'],
    ["x", command({ summary: 7 as never }), "no string"],
    ["x", command({ summary: "x".repeat(257) }), "more than 256 characters"],
    ["x", command({ arguments: "[a] <b>" }), "required ones first"],
    ["x", command({ options: [option("--a <b...>")] }), "are not of the form"],
    ["x", command({ options: [option("--json")] }), "--json is a flag of every command"],
    ["x", command({ options: [option("--a"), option("--a <b>")] }), "--a is there twice"],
    ["x", command({ options: [option("-a, --b"), option("-a, --c")] }), "-a is there twice"],
    ["x", command({ options: [option("--start-x"), option("--no-start-x")] }), "is there twice"],
    ["x", command({ examples: Array.from({ length: 17 }, () => "") }), "more than 16 examples"],
  ])("%s is left out with the reason", (name, value, reason) => {
    const { commands, refused } = catalogueOf([contribution(name, value), contribution("fine", command())]);
    expect([...commands.keys()]).toEqual(["fine"]);
    expect(refused).toEqual([{ name, extension: "ext", reason: expect.stringContaining(reason) }]);
  });

  it("is bounded, by number and by size", () => {
    const many = Array.from({ length: 201 }, (_, n) => contribution(`c${n}`, command()));
    expect(catalogueOf(many).commands.size).toBe(commandLimits.commands);
    const long = Array.from({ length: 150 }, (_, n) =>
      contribution(`c${n}`, command({ examples: Array.from({ length: 16 }, () => "x".repeat(256)) })),
    );
    const { commands } = catalogueOf(long);
    const size = JSON.stringify([...commands.values()].map(({ info }) => info)).length;
    expect(size).toBeLessThan(commandLimits.tableBytes);
    expect(commands.size).toBeLessThan(150);
  });
});

describe("a run", () => {
  const limited = command({
    arguments: "<id> [text...]",
    options: [
      option("-n, --limit <n>", { choices: ["1", "2"] }),
      option("--now"),
      option("--no-start"),
      option("--when [t]"),
    ],
  });

  it.each([
    [{ args: ["a"], options: {} }],
    [{ args: ["a", "b", "c"], options: { limit: "2", now: true, start: false, when: true } }],
    [{ args: ["a"], options: { when: "later" } }],
  ])("that fits: %j", (given) => {
    expect(checkRun(limited, given)).toEqual([]);
  });

  it("that does not: every reason with its path", () => {
    expect(checkRun(limited, { args: [], options: { limit: "3", now: "yes", nope: true } })).toEqual([
      { path: "args.0", message: "The argument <id> is missing." },
      { path: "options.limit", message: "It is one of 1, 2." },
      { path: "options.now", message: "It takes no value: true or false." },
      { path: "options.nope", message: "Unknown option." },
    ]);
    expect(checkRun(limited, { args: ["a"], options: { limit: true } })).toEqual([
      { path: "options.limit", message: "It needs a value." },
    ]);
    expect(checkRun(command(), { args: ["a"], options: {} })).toEqual([
      { path: "args", message: "It takes no arguments." },
    ]);
    expect(checkRun(command({ arguments: "[a]" }), { args: ["a", "b"], options: {} })).toEqual([
      { path: "args", message: "It takes one argument." },
    ]);
  });
});
