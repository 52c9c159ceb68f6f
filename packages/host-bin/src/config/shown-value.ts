/** Configured values as they may be told: what is a secret, or could hold one, is hidden. Pure. */
import { mapTexts } from "@dispatch/wire";
import { isObject } from "./check.ts";
import type { ConfigValue } from "./types.ts";

const hidden = "(hidden)";
/** The last word of a key that says so: `apiKey`, `webhook_token`, `Authorization`. */
const secretName = /(key|token|password|passphrase|secret|authorization|cookie)s?$/i;
/** Whatever stands below these goes to other programs as it is. */
const carriers = /^(env|environment|headers)$/i;

/** All of them. `redact` takes known secrets out of texts: one may stand in the middle of an address. */
export const shownValues = (
  values: readonly ConfigValue[],
  redact: (text: string) => string,
): readonly ConfigValue[] =>
  values.map(({ path, value, source }) => ({
    path,
    value: mapTexts(shownValue(path, value), redact),
    source,
  }));

/** `path`: of the value, with dots. A reference `env:NAME` is no secret and stays. */
export function shownValue(path: string, value: unknown): unknown {
  const keys = path.split(".");
  const isSecret = keys.some((key, index) =>
    index === keys.length - 1 ? secretName.test(key) : carriers.test(key),
  );
  return shown(value, isSecret);
}

function shown(value: unknown, isSecret: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => shown(item, isSecret));
  if (isObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [
        key,
        shown(member, isSecret || secretName.test(key) || carriers.test(key)),
      ]),
    );
  if (typeof value !== "string" || value.startsWith("env:")) return value;
  return isSecret ? hidden : withoutSecrets(value);
}

/** An address may hold a name and password before its host, and keys among its parameters. */
const withoutSecrets = (text: string): string =>
  text
    .replace(/(\/\/)[^/@\s?#]+@/g, `$1${hidden}@`)
    .replace(/([?&][^=&\s]*(?:key|token|secret|password|sig(?:nature)?)=)[^&#\s]*/gi, `$1${hidden}`);
