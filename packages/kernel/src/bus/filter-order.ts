/**
 * Order of a filter's handlers: an extension's handlers run after those of everything it depends on; among unrelated
 * extensions early, normal, late decides, then the order of the extensions, then the order of registration.
 */
import type { FilterOrder } from "../contracts/host-api.ts";

interface Ordered {
  readonly extensionId: string;
  readonly order: FilterOrder;
}

const classes: readonly FilterOrder[] = ["early", "normal", "late"];

/** `isBefore(a, b)`: b depends on a, directly or not. `rank`: place of the extension in the order of activation. */
export function orderHandlers<H extends Ordered>(
  handlers: readonly H[],
  isBefore: (a: string, b: string) => boolean,
  rank: (extensionId: string) => number,
): H[] {
  const left = [...handlers].sort(
    (a, b) =>
      classes.indexOf(a.order) - classes.indexOf(b.order) || rank(a.extensionId) - rank(b.extensionId),
  );
  const sorted: H[] = [];
  while (left.length > 0) {
    const free = left.findIndex(
      (each) => !left.some((other) => isBefore(other.extensionId, each.extensionId)),
    );
    sorted.push(...left.splice(Math.max(free, 0), 1));
  }
  return sorted;
}
