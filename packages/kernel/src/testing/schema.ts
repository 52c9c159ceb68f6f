/**
 * A `CompileSchema` for tests. Standard Schemas validate themselves; of plain JSON Schema it knows `type`, `properties`,
 * `required`, `additionalProperties: false`, `items`, `enum`, `const`, `minimum`, `maximum`, `minLength` and `default`,
 * and passes over everything else. A program takes a full library instead.
 */
import type {
  CompiledSchema,
  JsonSchema,
  Schema,
  SchemaIssue,
  StandardSchema,
  Validation,
} from "../contracts/schema.ts";

export function testCompileSchema(schema: Schema): CompiledSchema {
  if (isStandard(schema)) return compileStandard(schema);
  return { json: schema, validate: (value) => checked(schema, value) };
}

const isStandard = (schema: Schema): schema is StandardSchema => "~standard" in schema;
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function compileStandard(schema: StandardSchema): CompiledSchema {
  // Libraries of the JSON Schema extension of the standard (zod 4.2 and later) give their own JSON form.
  const { jsonSchema } = schema["~standard"] as {
    jsonSchema?: { input(options: { target: string }): JsonSchema };
  };
  return {
    json: jsonSchema?.input({ target: "draft-2020-12" }) ?? { type: "object" },
    async validate(value) {
      const result = await schema["~standard"].validate(value);
      if (!result.issues) return { ok: true, value: result.value };
      const issues = result.issues.map(({ message, path = [] }) => ({
        path: path.map((part) => String(typeof part === "object" ? part.key : part)).join("."),
        message,
      }));
      return { ok: false, issues };
    },
  };
}

function checked(schema: JsonSchema, given: unknown): Validation {
  const issues: SchemaIssue[] = [];
  const value = check(schema, given, "", issues);
  return issues.length === 0 ? { ok: true, value } : { ok: false, issues };
}

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number" && Number.isFinite(value),
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
  array: Array.isArray,
  object: isObject,
};

/** The value with defaults filled in; what is wrong goes to `issues`. */
function check(schema: JsonSchema, value: unknown, path: string, issues: SchemaIssue[]): unknown {
  const wrong = (message: string) => void issues.push({ path, message });
  const allowed = [schema.type ?? []].flat().map(String);
  if (allowed.length > 0 && !allowed.some((type) => types[type]?.(value))) {
    wrong(`must be ${allowed.join(" or ")}`);
    return value;
  }
  if (Array.isArray(schema.enum) && !schema.enum.includes(value))
    wrong(`must be one of ${schema.enum.join(", ")}`);
  if ("const" in schema && schema.const !== value) wrong(`must be ${String(schema.const)}`);
  if (typeof value === "number") {
    if (typeof schema.minimum === "number" && value < schema.minimum)
      wrong(`must be at least ${schema.minimum}`);
    if (typeof schema.maximum === "number" && value > schema.maximum)
      wrong(`must be at most ${schema.maximum}`);
  }
  if (typeof value === "string" && typeof schema.minLength === "number" && value.length < schema.minLength) {
    wrong(`must have at least ${schema.minLength} characters`);
  }
  const { items } = schema;
  if (Array.isArray(value) && isObject(items)) {
    return value.map((each, index) => check(items, each, join(path, String(index)), issues));
  }
  return isObject(value) ? checkObject(schema, value, path, issues) : value;
}

function checkObject(
  schema: JsonSchema,
  value: Record<string, unknown>,
  path: string,
  issues: SchemaIssue[],
) {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  const result: Record<string, unknown> = { ...value };
  for (const name of required) {
    if (value[name] === undefined) issues.push({ path: join(path, name), message: "is missing" });
  }
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(properties, name) && schema.additionalProperties === false) {
      issues.push({ path: join(path, name), message: "is not known" });
    }
  }
  for (const [name, property] of Object.entries(properties)) {
    if (!isObject(property)) continue;
    if (value[name] !== undefined) result[name] = check(property, value[name], join(path, name), issues);
    else if ("default" in property) result[name] = property.default;
  }
  return result;
}

const join = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);
