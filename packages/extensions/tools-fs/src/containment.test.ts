import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Bounds, placeOf, resolveAsked, shownPath } from "./containment.ts";

const bounds: Bounds = {
  cwd: "/home/link",
  realCwd: "/data/app",
  roots: ["/data/app", "/data/shared"],
  hardLinks: false,
  named: ["/home/link", "/shared"],
};

describe("placeOf", () => {
  it.each([
    ["/data/app", "inside"],
    ["/data/app/a/b", "inside"],
    ["/data/app/..x", "inside"],
    ["/data/shared/x", "inside"],
    ["/data/app2", "outside"],
    ["/data", "outside"],
    ["/data/app (deleted)", "outside"],
    ["/proc/self/environ", "system"],
    ["/dev/sda", "system"],
    ["/sys", "system"],
  ])("%s is %s", (path, place) => expect(placeOf(path, bounds.roots)).toBe(place));

  it("refuses system folders even below a root, except plain memory files", () => {
    expect(placeOf("/proc/1/environ", ["/"])).toBe("system");
    expect(placeOf("/dev/shm/x", ["/dev/shm"])).toBe("inside");
    expect(placeOf("/dev/shm/x", ["/data"])).toBe("outside");
  });
});

describe("resolveAsked", () => {
  it.each([
    ["a/b", "/home/link/a/b"],
    [".", "/home/link"],
    ["a/../b", "/home/link/b"],
    ["/data/app/x", "/data/app/x"],
    ["/shared/x", "/shared/x"],
    ["..", undefined],
    ["a/../../x", undefined],
    ["/etc/passwd", undefined],
  ])("%s", (path, absolute) => expect(resolveAsked(path, bounds)).toBe(absolute));

  it("never gives a path outside", () => {
    const part = fc.oneof(fc.constantFrom("..", ".", "", "a", "data", "app"), fc.string({ maxLength: 5 }));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
        const found = resolveAsked(parts.join("/"), bounds);
        expect(found === undefined || /^\/(home\/link|data\/app|data\/shared|shared)(\/|$)/.test(found)).toBe(
          true,
        );
        expect(found?.split("/").includes("..") ?? false).toBe(false);
      }),
    );
  });
});

it("shows paths as the model can use them again", () => {
  const shown = (path: string) => shownPath(path, bounds);
  expect(["/data/app/x/y", "/home/link/x", "/data/app", "/data/shared/x"].map(shown)).toEqual([
    "x/y",
    "x",
    ".",
    "/data/shared/x",
  ]);
});
