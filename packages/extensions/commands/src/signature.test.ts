import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readArguments, readFlags } from "./signature.ts";

describe("arguments", () => {
  it("are read in their order", () => {
    expect(readArguments("<id> <text...>")).toEqual([
      { name: "id", required: true, variadic: false },
      { name: "text", required: true, variadic: true },
    ]);
    expect(readArguments("[id]")).toEqual([{ name: "id", required: false, variadic: false }]);
    expect(readArguments(undefined)).toEqual([]);
  });

  it.each(["id", "<a...> <b>", "[a] <b>", "<a", "<a b>", "<1>", "<a>,<b>"])("%j is none", (text) => {
    expect(readArguments(text)).toBeUndefined();
  });
});

describe("flags", () => {
  it.each([
    ["--followup", { long: "followup", key: "followup", short: undefined, value: "none" }],
    ["-n, --limit <count>", { long: "limit", key: "limit", short: "n", value: "required" }],
    ["--color [when]", { long: "color", key: "color", short: undefined, value: "optional" }],
    ["--no-start", { long: "no-start", key: "start", short: undefined, value: "none" }],
    ["--dry-run", { long: "dry-run", key: "dryRun", short: undefined, value: "none" }],
    ["--no-id <x>", { long: "no-id", key: "noId", short: undefined, value: "required" }],
  ])("%s", (text, read) => {
    expect(readFlags(text)).toEqual(read);
  });

  it.each(["-n", "--Limit", "--limit <a> <b>", "--limit=<a>", "limit", "--a <b...>", "-ab, --long", ""])(
    "%j is none",
    (text) => {
      expect(readFlags(text)).toBeUndefined();
    },
  );

  it("any text is read or refused", () => {
    void fc.assert(
      fc.property(fc.string(), (text) => {
        readFlags(text);
        readArguments(text);
      }),
    );
  });
});
