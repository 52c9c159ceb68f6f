/** Requests made from the API's description: as it asks for them, at its bounds, and wrong in every way it does not allow. */
import fc from "fast-check";
import type { Description, Operation, Parameter, Schema } from "./openapi-document.ts";

export interface FuzzRequest {
  readonly operation: Operation;
  readonly kind: "valid" | "mutated";
  /** With its query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What is sent as JSON; `raw` in its place when it is none. */
  readonly body?: unknown;
  readonly raw?: string;
}

/** Values that mean something on this server, by the name of the field or parameter. */
export type Vocabulary = Readonly<Record<string, fc.Arbitrary<unknown>>>;

export function requestsTo(
  operation: Operation,
  description: Description,
  words: Vocabulary,
): fc.Arbitrary<FuzzRequest> {
  const valueFor = (name: string, schema: Schema): fc.Arbitrary<unknown> =>
    words[name] ?? valuesOf(schema, description, words);
  const parameters = fc.tuple(
    ...operation.parameters.map((parameter) => {
      const value = valueFor(parameter.name, parameter.schema).map((given) => ({ parameter, given }));
      return parameter.required ? value : fc.oneof(value, fc.constant(undefined));
    }),
  );
  const valid = fc.record({
    given: parameters.map((all) => all.filter((each) => each !== undefined)),
    body: operation.body ? valuesOf(operation.body, description, words) : fc.constant(undefined),
  });
  const asked = valid.map((request) => write(operation, "valid", request.given, { body: request.body }));
  const mutated = fc.oneof(
    fc
      .tuple(valid, fc.nat(), nasty)
      .map(([{ given, body }, at, value]) =>
        write(operation, "mutated", given, { body: replaceAt(body, at, value) }),
      ),
    fc.tuple(valid, nasty, fc.nat()).map(([{ given, body }, value, at]) =>
      write(
        operation,
        "mutated",
        given.map((each, index) => (index === at % given.length ? { ...each, given: value } : each)),
        { body },
      ),
    ),
    fc.tuple(valid, nastyText).map(([{ given }, raw]) => write(operation, "mutated", given, { raw })),
  );
  return fc.oneof({ weight: 3, arbitrary: asked }, { weight: 2, arbitrary: mutated });
}

interface Given {
  readonly parameter: Parameter;
  readonly given: unknown;
}

const textOf = (value: unknown): string =>
  Array.isArray(value)
    ? value.map(textOf).join(",")
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);

function write(
  operation: Operation,
  kind: FuzzRequest["kind"],
  given: readonly Given[],
  sent: { readonly body?: unknown; readonly raw?: string },
): FuzzRequest {
  const inPlace = (place: Parameter["in"]) =>
    given
      .filter(({ parameter }) => parameter.in === place)
      .map((each) => [each.parameter.name, textOf(each.given)] as const);
  const path = inPlace("path").reduce(
    (at, [name, value]) => at.replace(`{${name}}`, encode(value)),
    operation.path,
  );
  const query = inPlace("query")
    .map(([name, value]) => `${name}=${encode(value)}`)
    .join("&");
  // What a client cannot put in a header at all is no request.
  const headers = inPlace("header").filter(([, value]) => /^[\x20-\x7e]*$/.test(value));
  const hasBody = operation.body !== undefined && (sent.raw !== undefined || sent.body !== undefined);
  return {
    operation,
    kind,
    target: query === "" ? path : `${path}?${query}`,
    headers: Object.fromEntries(headers),
    ...(hasBody ? sent : {}),
  };
}

const encode = (text: string): string =>
  // Clients take `.` and `..` for steps between folders, encoded or not: the address would be another one.
  encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, "?")).replace(/^\.{1,2}$/, "...");

const nasty: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0,
    1e308,
    2 ** 53,
    0.5,
    "",
    " ",
    "\u0000",
    "../../etc/passwd",
    "__proto__",
    "%00",
    [],
    {},
  ),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.jsonValue({ maxDepth: 3 }),
);
const nastyText = fc.oneof(
  fc.constantFrom(
    "",
    "{",
    "nul",
    '{"a":1}}',
    '{"__proto__":{"a":1}}',
    `${"[".repeat(200)}${"]".repeat(200)}`,
    '"\\ud800"',
    "[1e999]",
  ),
  fc.json({ maxDepth: 3 }),
);

/** The value with one place in it, chosen by number, replaced; or with a field that nobody knows. */
function replaceAt(value: unknown, at: number, by: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return by;
  const keys = Object.keys(value);
  const key = keys[at % (keys.length + 1)];
  if (key === undefined) return { ...value, unknownField: by };
  const member = (value as Record<string, unknown>)[key];
  return {
    ...value,
    [key]: at % 3 === 0 && typeof member === "object" ? replaceAt(member, at >> 2, by) : by,
  };
}

/** Values that fit a schema, its bounds among them. Texts are ASCII: lengths then mean the same to everybody. */
function valuesOf(schema: Schema, description: Description, words: Vocabulary): fc.Arbitrary<unknown> {
  const within = (inner: unknown) => valuesOf(inner as Schema, description, words);
  if (schema.$ref) return within(description.resolve(schema));
  if ("const" in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choices)) return fc.oneof(...choices.map(within));
  if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type) => within({ ...schema, type })));
  switch (schema.type) {
    case "string":
      return texts(schema);
    case "integer":
    case "number":
      return numbers(schema);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array": {
      const { minItems = 0, maxItems = 4 } = schema as { minItems?: number; maxItems?: number };
      return fc.array(within(schema.items ?? {}), {
        minLength: minItems,
        maxLength: Math.min(maxItems, minItems + 4),
      });
    }
    case "object":
      return objects(schema, within, words);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function objects(
  schema: Schema,
  within: (inner: unknown) => fc.Arbitrary<unknown>,
  words: Vocabulary,
): fc.Arbitrary<unknown> {
  if (!schema.properties) {
    return fc.dictionary(
      within(schema.propertyNames ?? { type: "string" }) as fc.Arbitrary<string>,
      within(schema.additionalProperties ?? {}),
      {
        maxKeys: 3,
        noNullPrototype: true,
      },
    );
  }
  const required = (schema.required ?? []) as string[];
  const members = Object.entries(schema.properties).map(
    ([name, inner]) => [name, words[name] ?? within(inner)] as const,
  );
  const present = fc.record(Object.fromEntries(members.filter(([name]) => required.includes(name))));
  // Few of the others at a time: of twenty values one is always refused for what it means, and nothing else is tried.
  const others = members.filter(([name]) => !required.includes(name));
  const some = fc
    .subarray(others, { maxLength: Math.min(3, others.length) })
    .chain((chosen) => fc.record(Object.fromEntries(chosen)));
  return fc.tuple(present, some).map(([first, second]) => ({ ...first, ...second }));
}

function texts(schema: Schema): fc.Arbitrary<string> {
  const patterns = [schema, ...((schema.allOf ?? []) as Schema[])].flatMap(({ pattern }) =>
    pattern ? [new RegExp(String(pattern))] : [],
  );
  const [first, ...others] = patterns;
  const { minLength = 0, maxLength = 1_000_000 } = schema as { minLength?: number; maxLength?: number };
  if (first) return fc.stringMatching(first).filter((text) => others.every((pattern) => pattern.test(text)));
  const lengths = fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: minLength, max: Math.min(maxLength, minLength + 40) }) },
    { weight: 1, arbitrary: fc.constant(maxLength) },
  );
  return fc
    .tuple(fc.string({ minLength: 1, maxLength: 12 }), lengths)
    .map(([unit, length]) => unit.repeat(length).slice(0, length));
}

function numbers(schema: Schema): fc.Arbitrary<number> {
  const { minimum, exclusiveMinimum, maximum } = schema as Record<string, number | undefined>;
  const max = maximum ?? 1e9;
  if (schema.type === "number") {
    const min = minimum ?? exclusiveMinimum ?? -1e9;
    return fc.double({
      min,
      max,
      minExcluded: minimum === undefined && exclusiveMinimum !== undefined,
      noNaN: true,
    });
  }
  const min = minimum ?? (exclusiveMinimum === undefined ? -1e9 : exclusiveMinimum + 1);
  return fc.oneof(
    fc.integer({ min: Math.max(min, -(2 ** 31)), max: Math.min(max, 2 ** 31 - 1) }),
    fc.constantFrom(min, max),
  );
}
