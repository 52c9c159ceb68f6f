/**
 * From an argument to a real path inside the bounds. This check gives good error messages and keeps devices from being
 * opened; it protects nothing by itself, because what the path leads to may change right after.
 */
import type { BigIntStats } from "node:fs";
import { lstat, realpath } from "node:fs/promises";
import { type Bounds, placeOf, resolveAsked } from "./containment.ts";
import { describeMissing } from "./missing.ts";
import { codeOf, explain, outside, Refusal } from "./refusal.ts";

/** Real absolute path of what an argument means, and what is there now. Throws a Refusal: outside, or missing. */
export async function resolveInside(
  path: string,
  bounds: Bounds,
): Promise<{ real: string; stats: BigIntStats }> {
  if (path.includes("\0")) throw new Refusal("A path cannot hold a NUL character.");
  const asked = resolveAsked(path, bounds);
  if (asked === undefined) throw outside(path, "outside", bounds.cwd);
  try {
    const real = await realpath(asked);
    const place = placeOf(real, bounds.roots);
    if (place !== "inside") throw outside(path, place, bounds.cwd);
    return { real, stats: await lstat(real, { bigint: true }) };
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") {
      throw new Refusal(await describeMissing(asked, path, bounds));
    }
    throw explain(error, path);
  }
}
