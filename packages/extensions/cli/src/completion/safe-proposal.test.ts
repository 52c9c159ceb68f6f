import fc from "fast-check";
import { expect, it } from "vitest";
import { safeProposal } from "./safe-proposal.ts";

it("proposes ids and names of models as they are, with what they are called", () => {
  expect(safeProposal(["01a2-b3", "Fix the build: 3 tests, ünïcode"])).toEqual([
    "01a2-b3",
    "Fix the build: 3 tests, ünïcode",
  ]);
  expect(safeProposal(["ollama/qwen2.5-coder:7b@q4", "ollama"])?.[0]).toBe("ollama/qwen2.5-coder:7b@q4");
});

it.each([
  "$(id)",
  "`id`",
  "a;id",
  "a b",
  "-x",
  "a\nb",
  "a\tb",
  "",
  "a'b",
  'a"b',
  "~",
  "*",
  "a\\b",
  "<x",
  "a\u202eb",
])("does not propose %j", (value) => expect(safeProposal([value, ""])).toBeUndefined());

it("describes in one line without anything that a shell knows", () =>
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(safeProposal(["a", `x${text}`])?.[1]).not.toMatch(
        /[\p{C}\p{Zl}\p{Zp}$`"'\\;|&<>(){}[\]*?~#!^]/u,
      );
    }),
  ));
