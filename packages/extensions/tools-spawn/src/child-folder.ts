/** The working folder of a child: the parent's, or one inside it by its real path. */
import { realpath, stat } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";

/** Undefined when it is no folder inside. */
export async function childFolder(parent: string, wanted: string | undefined): Promise<string | undefined> {
  if (wanted === undefined) return parent;
  try {
    const [root, real] = await Promise.all([realpath(parent), realpath(resolve(parent, wanted))]);
    const way = relative(root, real);
    const inside = way !== ".." && !way.startsWith(`..${sep}`) && resolve(root, way) === real;
    return inside && (await stat(real)).isDirectory() ? real : undefined;
  } catch {
    return undefined; // absent, or not to be read: no folder to work in
  }
}
