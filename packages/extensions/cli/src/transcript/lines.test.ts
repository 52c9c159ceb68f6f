import { expect, it } from "vitest";
import { toolLine } from "./lines.ts";

it("a call is one line, whatever a model calls the tool", () => {
  const name = "x ✓ 3 ms\n· write_file";
  const line = toolLine({ name, outcome: "error", isError: true, output: "a\nb" }, "one\ntwo");
  expect(line).toBe("· x ✓ 3 ms · write_file one two ✗ error: a b");
});

it("a target cannot turn the order of its line around", () => {
  const result = { name: "run_command", outcome: "ok", isError: false, output: "" } as const;
  expect(toolLine(result, "echo hi\u202eX \u2066y")).toBe("· run_command echo hiX y ✓");
});
