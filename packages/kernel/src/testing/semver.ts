/** Just enough of semver for tests: `*`, `1.2.3`, `^1.2.3`, `~1.2.3`, `>=1.2.3`, also with parts left out. */

type Version = readonly [number, number, number];

/** Throws for a range it does not know, so that a test does not pass by accident. */
export function testSatisfies(version: string, range: string): boolean {
  const wanted = range.trim();
  if (wanted === "*") return true;
  const match = /^(\^|~|>=)?(\d+)(?:\.(\d+))?(?:\.(\d+))?$/.exec(wanted);
  if (!match) throw new Error(`testSatisfies does not know the range "${range}"`);
  const low: Version = [Number(match[2]), Number(match[3] ?? 0), Number(match[4] ?? 0)];
  const have = parse(version);
  if (compare(have, low) < 0) return false;
  if (match[1] === ">=") return true;
  if (match[1] === "~") return have[0] === low[0] && have[1] === low[1];
  if (match[1] === undefined) return compare(have, low) === 0;
  // ^ keeps the first part that is not 0.
  if (low[0] > 0) return have[0] === low[0];
  if (low[1] > 0) return have[0] === 0 && have[1] === low[1];
  return compare(have, low) === 0;
}

function parse(version: string): Version {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  return [major, minor, patch];
}

const compare = (a: Version, b: Version): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
