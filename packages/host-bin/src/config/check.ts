/** Checks a value against the configuration's schema: every problem at once, each with its path. */
import { nearest } from "@dispatch/kernel/host";
import type { ConfigSchema } from "./schema.ts";

export interface ConfigProblem {
  /** `server.port`; "" for the whole. */
  readonly path: string;
  readonly message: string;
}

export function checkConfig(value: unknown, schema: ConfigSchema, path = ""): ConfigProblem[] {
  const problem = (message: string): ConfigProblem[] => [{ path, message }];
  switch (schema.type) {
    case "object":
      return isObject(value)
        ? checkObject(value, schema, path)
        : problem(`must be an object, not ${kindOf(value)}`);
    case "array":
      if (!Array.isArray(value)) return problem(`must be a list, not ${kindOf(value)}`);
      return value.flatMap((item, index) => checkConfig(item, schema.items ?? {}, join(path, String(index))));
    case "boolean":
      return typeof value === "boolean" ? [] : problem(`must be true or false, not ${kindOf(value)}`);
    case "integer":
      return checkInteger(value, schema).flatMap(problem);
    case "string":
      return checkString(value, schema).flatMap(problem);
    default:
      return []; // anything is right
  }
}

function checkObject(value: Record<string, unknown>, schema: ConfigSchema, path: string): ConfigProblem[] {
  const known = schema.properties ?? {};
  const { additionalProperties: rest = true } = schema;
  return Object.entries(value).flatMap(([key, member]) => {
    const own = Object.hasOwn(known, key) ? known[key] : undefined;
    if (own) return checkConfig(member, own, join(path, key));
    if (rest === true) return [];
    if (rest !== false) return checkConfig(member, rest, join(path, key));
    const near = nearest(key, Object.keys(known));
    const hint =
      near === undefined ? `known are ${Object.keys(known).join(", ")}` : `did you mean "${near}"?`;
    return [{ path: join(path, key), message: `unknown key; ${hint}` }];
  });
}

function checkInteger(value: unknown, { minimum, maximum }: ConfigSchema): string[] {
  const range = `a whole number from ${minimum ?? "any"} to ${maximum ?? "any"}`;
  const fits =
    Number.isSafeInteger(value) &&
    Number(value) >= (minimum ?? -Infinity) &&
    Number(value) <= (maximum ?? Infinity);
  return fits ? [] : [`must be ${range}, not ${shown(value)}`];
}

function checkString(value: unknown, schema: ConfigSchema): string[] {
  if (typeof value !== "string") return [`must be a text, not ${kindOf(value)}`];
  if (value.length < (schema.minLength ?? 0)) return ["must not be empty"];
  if (schema.enum && !schema.enum.includes(value)) {
    const near = nearest(value, schema.enum);
    const hint = near === undefined ? "" : `; did you mean "${near}"?`;
    return [`must be one of ${schema.enum.join(", ")}, not ${shown(value)}${hint}`];
  }
  if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value))
    return [`must match ${schema.pattern}`];
  return [];
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const join = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);

/** Values are not shown where they could be a secret: only numbers and short words. */
const shown = (value: unknown): string =>
  typeof value === "number" || (typeof value === "string" && value.length <= 20)
    ? JSON.stringify(value)
    : kindOf(value);

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
