/** Where the configuration of a server that runs differs from that of one which would be started here. Pure. */
import type { ConfigValue } from "./server-config.ts";

export interface ConfigDifference {
  readonly path: string;
  /** Absent: the server has none. */
  readonly there?: ConfigValue | undefined;
  readonly here?: ConfigValue | undefined;
}

/**
 * Where a server that runs differs from one that would be started here. What a flag set is no difference: a restart gives the
 * flags again. Hidden values cannot be told apart.
 */
export function configDifferences(
  there: readonly ConfigValue[],
  here: readonly ConfigValue[],
): ConfigDifference[] {
  const [theirs, ours] = [byPath(there), byPath(here)];
  return [...new Set([...theirs.keys(), ...ours.keys()])].flatMap((path) => {
    const [one, other] = [theirs.get(path), ours.get(path)];
    if (one?.source.startsWith("flag ")) return [];
    if (one && other && JSON.stringify(one.value) === JSON.stringify(other.value)) return [];
    return [{ path, there: one, here: other }];
  });
}

const byPath = (values: readonly ConfigValue[]): ReadonlyMap<string, ConfigValue> =>
  new Map(values.map((value) => [value.path, value]));
