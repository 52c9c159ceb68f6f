/** From zod schemas to the JSON Schemas of one document: those with an id become components, each described once. */
import * as z from "zod";

export type JsonSchema = { readonly [key: string]: unknown };
/** What a client may send, or what it gets. */
export type Direction = "input" | "output";

export interface JsonSchemas {
  /** The schema, with references into `components`. One that cannot be described is left open: `{}`. */
  describe(schema: z.ZodType, direction: Direction): JsonSchema;
  /** By name, as far as described yet. */
  readonly components: Readonly<Record<string, JsonSchema>>;
}

const local = "#/$defs/";

export function createJsonSchemas(): JsonSchemas {
  const components: Record<string, JsonSchema> = {};
  const texts = new Map<string, string>();

  /** The name of a component with this content: another one under the same id gets a name of its own. */
  function nameFor(id: string, content: JsonSchema, direction: Direction): string {
    const base = id.replaceAll(/[^A-Za-z0-9._-]/g, ".");
    const text = JSON.stringify(content);
    for (let tried = 1; ; tried++) {
      const name = [base, `${base}${direction === "input" ? "Input" : "Output"}`][tried - 1] ?? base + tried;
      if (texts.has(name) && texts.get(name) !== text) continue;
      texts.set(name, text);
      components[name] = content;
      return name;
    }
  }

  return {
    components,
    describe(schema, direction) {
      const { $schema: _dialect, $defs = {}, ...root } = toJsonSchema(schema, direction);
      const definitions = $defs as Record<string, JsonSchema>;
      const names = new Map<string, string>();
      const nameOf = (id: string): string => {
        const known = names.get(id);
        if (known !== undefined) return known;
        names.set(id, id); // a definition that leads back to itself
        const name = nameFor(id, withReferences(definitions[id] ?? {}, nameOf), direction);
        names.set(id, name);
        return name;
      };
      return withReferences(root, nameOf);
    },
  };
}

function toJsonSchema(schema: z.ZodType, direction: Direction): JsonSchema {
  try {
    return z.toJSONSchema(schema, {
      io: direction,
      unrepresentable: "any",
      // Answers grow: what is not named here is to be ignored, not an error.
      override({ jsonSchema }) {
        if (direction === "output" && jsonSchema.additionalProperties === false)
          delete jsonSchema.additionalProperties;
      },
    }) as JsonSchema;
  } catch {
    return {}; // an extension's schema, made by something that is not zod or of no known kind
  }
}

/** A copy in which references point at components. */
function withReferences<Value>(value: Value, nameOf: (id: string) => string): Value {
  if (Array.isArray(value)) return value.map((item) => withReferences(item, nameOf)) as Value;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, member]: [string, unknown]) =>
    key === "$ref" && typeof member === "string" && member.startsWith(local)
      ? [key, `#/components/schemas/${nameOf(member.slice(local.length))}`]
      : [key, withReferences(member, nameOf)],
  );
  return Object.fromEntries(entries) as Value;
}
