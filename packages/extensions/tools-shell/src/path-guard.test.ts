import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isInside } from "./containment.ts";
import { isAllowedPath, pathsIn } from "./path-guard.ts";

const places = { roots: ["/srv/app", "/data"], programs: ["/usr/bin"] };
const there = (path: string) => ({ real: path, existing: path });
const below = (existing: string, path: string) => ({ real: path, existing });

describe("pathsIn", () => {
  it.each([
    ["a.txt", ["/srv/app/a.txt"]],
    ["../b", ["/srv/b"]],
    ["/etc/passwd", ["/etc/passwd"]],
    ["--file=/etc/passwd", ["/etc/passwd"]],
    ["if=/dev/sda", ["/srv/app/if=/dev/sda", "/dev/sda"]],
    ["-rf", []],
    ["", []],
    ["import os\nos.listdir('/')", []],
  ])("%j", (argument, paths) => expect(pathsIn(argument, "/srv/app")).toEqual(paths));
});

describe("isAllowedPath", () => {
  it.each([
    ["inside", "/srv/app/x", there("/srv/app/x"), true],
    ["an extra root", "/data/x", there("/data/x"), true],
    ["not there yet, inside", "/srv/app/new/x", below("/srv/app", "/srv/app/new/x"), true],
    ["outside", "/etc/passwd", there("/etc/passwd"), false],
    ["not there yet, outside", "/etc/new", below("/etc", "/etc/new"), false],
    ["a sibling with the same beginning", "/srv/app2", there("/srv/app2"), false],
    ["a link that leads outside", "/srv/app/link", { real: "/etc", existing: "/srv/app/link" }, false],
    ["the root folder", "/", there("/"), false],
    ["new in the root folder", "/new", below("/", "/new"), false],
    ["a sed pattern", "/pattern/d", below("/", "/pattern/d"), true],
    ["the empty device", "/dev/null", there("/dev/null"), true],
    ["a disk", "/dev/sda", there("/dev/sda"), false],
    ["a program as an argument", "/usr/bin/env", there("/usr/bin/env"), false],
  ])("%s", (_name, path, disk, allowed) => expect(isAllowedPath(path, disk, places, false)).toBe(allowed));

  it("lets system programs be started by path", () => {
    expect(isAllowedPath("/usr/bin/env", there("/usr/bin/env"), places, true)).toBe(true);
    expect(isAllowedPath("/opt/evil", there("/opt/evil"), places, true)).toBe(false);
  });

  it("never takes an existing path outside for one inside, however it is spelled", () => {
    const part = fc.constantFrom("..", ".", "app", "etc", "x", "");
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), (parts) => {
        for (const path of pathsIn(parts.join("/"), "/srv/app")) {
          expect(isAllowedPath(path, there(path), { roots: ["/srv/app"], programs: [] }, false)).toBe(
            path === "/srv/app" || path.startsWith("/srv/app/"),
          );
        }
      }),
    );
  });
});

describe("isInside", () => {
  it.each([
    ["/a", "/a", true],
    ["/a", "/a/..b", true],
    ["/a", "/a/../b", false],
    ["/a", "/ab", false],
    ["/", "/x", true],
  ])("%s %s", (root, path, inside) => expect(isInside(root, path)).toBe(inside));
});
