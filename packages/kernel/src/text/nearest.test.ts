import { describe, expect, it } from "vitest";
import { nearest } from "./nearest.ts";

describe("nearest", () => {
  it.each([
    ["read_flie", ["write_file", "read_file"], "read_file"],
    ["readfile", ["read_file", "edit_file"], "read_file"],
    ["READ_FILE", ["read_file"], "read_file"],
    ["store-leve", ["store-level", "skills"], "store-level"],
    ["ls", ["la", "list_files"], "la"],
    ["kv", ["tools", "log"], undefined],
    ["completely", ["different"], undefined],
    ["", ["a"], undefined],
    ["a", [""], undefined],
    ["x".repeat(65), ["x".repeat(65)], undefined],
  ])("%s among %j is %s", (name, candidates, expected) => {
    expect(nearest(name, candidates)).toBe(expected);
  });

  it("takes the closest, and of two equally close the first", () => {
    expect(nearest("tools-f", ["tools-fsx", "tools-fs"])).toBe("tools-fs");
    expect(nearest("model", ["models", "mode"])).toBe("models");
  });
});
