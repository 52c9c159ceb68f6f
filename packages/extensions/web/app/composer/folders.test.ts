import { expect, test } from "vitest";
import { folderOptions } from "./folders.ts";

const row = (cwd: string | undefined, lastActivityAt: number, parentId?: string) => ({
  cwd,
  lastActivityAt,
  parentId,
});
const paths = (
  rows: Parameters<typeof folderOptions>[0],
  chosen = "",
  standard: string | undefined = "/home/ann",
) => folderOptions(rows, chosen, standard).map(({ path }) => path);

test("recent folders, newest first and once each, after the server's own", () => {
  const rows = [row("/a", 1), row("/b", 3), row("/a", 5), row(undefined, 9), row("/home/ann", 8)];
  expect(paths(rows)).toEqual(["", "/a", "/b"]);
  expect(folderOptions([], "", "/home/ann")).toEqual([{ path: "", label: "/home/ann" }]);
  expect(folderOptions([], "", undefined)).toEqual([{ path: "", label: "the server's folder" }]);
});

test("what is chosen stands among them, wherever it comes from; a child's folder does not", () => {
  expect(paths([row("/a", 1), row("/child", 9, "parent")], "/typed")).toEqual(["", "/typed", "/a"]);
  expect(paths([row("/a", 1)], "/a")).toEqual(["", "/a"]);
  expect(paths([], "/home/ann")).toEqual(["", "/home/ann"]);
  expect(paths(Array.from({ length: 30 }, (_, n) => row(`/${n}`, n)))).toHaveLength(9);
});
