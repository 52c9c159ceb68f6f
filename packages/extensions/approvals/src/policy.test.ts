import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Action, type Call, decide, matches, type Rule } from "./policy.ts";

const read: Call = { name: "read_file", kind: "read", input: { path: "a/b.ts" } };
const write: Call = { name: "write_file", kind: "write", input: { path: "a/b.ts" } };
const run: Call = { name: "run_command", kind: "execute", input: { argv: ["git", "push", "--force"] } };

describe("modes", () => {
  it.each([
    ["read-only", ["allow", "deny", "deny"]],
    ["ask", ["allow", "ask", "ask"]],
    ["workspace", ["allow", "allow", "ask"]],
    ["full", ["allow", "allow", "allow"]],
  ] as const)("%s: reads, writes, commands are %j", (mode, actions) => {
    expect([read, write, run].map((call) => decide(mode, [], call).action)).toEqual(actions);
  });
});

describe("rules", () => {
  it.each<[string, readonly Rule[], Call, Action]>([
    ["by tool", [{ tool: "write_*", action: "allow" }], write, "allow"],
    ["by another tool", [{ tool: "write_*", action: "allow" }], run, "ask"],
    ["by path", [{ path: "a/*", action: "allow" }], write, "allow"],
    ["by another path", [{ path: "b/*", action: "allow" }], write, "ask"],
    ["by argv", [{ argv: ["git", "push", "**"], action: "deny" }], run, "deny"],
    ["by shorter argv", [{ argv: ["git", "push"], action: "deny" }], run, "ask"],
    ["by all parts", [{ tool: "run_command", argv: ["git", "*", "--f*"], action: "allow" }], run, "allow"],
    ["by a part that the call lacks", [{ tool: "run_command", path: "*", action: "allow" }], run, "ask"],
    ["the first that fits", [{ tool: "run_*", action: "ask" }, { action: "allow" }], run, "ask"],
    ["that ask for a read", [{ path: "a/*", action: "ask" }], read, "ask"],
  ])("%s", (_name, rules, call, action) => {
    expect(decide("ask", rules, call).action).toBe(action);
  });

  it("cannot loosen read-only, and a denial counts in every mode", () => {
    expect(decide("read-only", [{ action: "allow" }], run).action).toBe("deny");
    for (const mode of ["read-only", "ask", "workspace", "full"] as const) {
      expect(decide(mode, [{ tool: "read_file", action: "deny" }], read).action).toBe("deny");
    }
  });
});

it("a pattern matches what the same regular expression would", async () => {
  const piece = fc.constantFrom("a", "b", "*", ".", "aa");
  await fc.assert(
    fc.property(
      fc.array(piece),
      fc.array(fc.constantFrom("a", "b", "."), { maxLength: 12 }),
      (pattern, text) => {
        const source = pattern.join("").replaceAll(".", "\\.").replaceAll("*", ".*");
        expect(matches(pattern.join(""), text.join(""))).toBe(
          new RegExp(`^${source}$`, "s").test(text.join("")),
        );
      },
    ),
  );
});
