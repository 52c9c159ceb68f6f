/** Whether paths lie inside folders: pure, on absolute paths. */
import { isAbsolute, relative, sep } from "node:path";

/** `path` is `root` or lies below it. Both absolute. */
export function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
