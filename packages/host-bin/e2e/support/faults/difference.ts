/** What differs between two values that should be the same, in a line that a person can read. */

/** Undefined when they are equal as JSON; else the path to the first difference and what stands there on both sides. */
export function difference(left: unknown, right: unknown, path = "$"): string | undefined {
  if (JSON.stringify(left) === JSON.stringify(right)) return undefined;
  if (typeof left === "string" && typeof right === "string") {
    let at = 0;
    while (left[at] === right[at]) at++;
    const part = (text: string) => JSON.stringify(text.slice(Math.max(0, at - 20), at + 40));
    return `${path}: of ${left.length} and ${right.length} characters differ from ${at} on: ${part(left)}, ${part(right)}`;
  }
  if (isTree(left) && isTree(right)) {
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const found = difference(left[key], right[key], `${path}.${key}`);
      if (found !== undefined) return found;
    }
    return `${path}: the same in another order`;
  }
  return `${path}: ${brief(left)}, ${brief(right)}`;
}

const isTree = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** At most 200 characters of it as JSON. */
export const brief = (value: unknown): string => (JSON.stringify(value) ?? "nothing").slice(0, 200);
