/** JSON bodies: bytes to a value that is safe to walk; everything else is a refusal that says where. */
import { dispatchError } from "@dispatch/wire";
import { findJsonError } from "./json-error.ts";

/** Deepest nesting of arrays and objects. */
export const maxDepth = 64;

/** Throws `bad-request`: not UTF-8, not JSON, nested too deeply, or with a key that would reach a prototype. */
export function parseJson(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const error = findJsonError(text);
    if (!error) throw cause;
    const { position, line, column, found } = error;
    const what = found === undefined ? "the text ends" : `unexpected ${JSON.stringify(found)}`;
    throw dispatchError("bad-request", `The body is not JSON: ${what} at line ${line}, column ${column}.`, {
      data: { position },
    });
  }
  assertSafe(value);
  return value;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw dispatchError("bad-request", "The body is not UTF-8.", { cause });
  }
}

/** Level by level, so that no nesting can exhaust the stack. */
function assertSafe(value: unknown): void {
  let level: object[] = isContainer(value) ? [value] : [];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > maxDepth)
      throw dispatchError("bad-request", `The body is nested deeper than ${maxDepth} levels.`);
    const next: object[] = [];
    for (const container of level) {
      if (Object.hasOwn(container, "__proto__")) {
        throw dispatchError("bad-request", "The body holds the key `__proto__`.");
      }
      for (const child of Object.values(container)) if (isContainer(child)) next.push(child);
    }
    level = next;
  }
}

const isContainer = (value: unknown): value is object => typeof value === "object" && value !== null;
