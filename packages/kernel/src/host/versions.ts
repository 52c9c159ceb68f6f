/** What looks like a version or a range. Comparing them is injected; this only tells a typing error early. */

const versionPattern = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;
const comparator =
  /^(?:[<>]=?|[~^=]|~>)?\s*v?(?:\d+|[xX*])(?:\.(?:\d+|[xX*])){0,2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

export const isVersion = (text: string): boolean => versionPattern.test(text);

/** `^1.2.0`, `>=1 <3`, `1.x || 2.x`, `1.0.0 - 2.0.0`, `*` … */
export function isRange(text: string): boolean {
  return text.split("||").every((part) => {
    const comparators = part
      .trim()
      .replace(/([<>=~^])\s+/g, "$1")
      .split(/\s+(?:-\s+)?/);
    return comparators.every((each) => comparator.test(each));
  });
}
