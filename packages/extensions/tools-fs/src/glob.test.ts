import { describe, expect, it } from "vitest";
import { compileGlob } from "./glob.ts";
import { compilePattern } from "./pattern.ts";

const takes = (glob: string, path: string) => {
  const { source, flags } = compileGlob(glob);
  return new RegExp(source, flags).test(path);
};

describe("compileGlob", () => {
  it("tells globs about names from globs about paths", () => {
    expect(compileGlob("*.ts").on).toBe("name");
    expect(compileGlob("./*.ts").on).toBe("name");
    expect(compileGlob("src/*.ts").on).toBe("path");
  });

  it.each([
    ["src/**/*.ts", "src/a.ts", true],
    ["src/**/*.ts", "src/a/b/c.ts", true],
    ["src/*.ts", "src/a/b.ts", false],
    ["**/.env*", "a/.env.local", true],
    ["!*.ts", "a.js", true],
    ["!*.ts", "a.ts", false],
  ])("%s %s", (glob, path, taken) => expect(takes(glob, path)).toBe(taken));
});

describe("compilePattern", () => {
  it("understands flags in front", () => {
    expect(compilePattern("(?is)a.b").flags).toBe("is");
    expect(compilePattern("(?i)x").test("X")).toBe(true);
    expect(compilePattern("(?:i)x").flags).toBe("");
  });
});
