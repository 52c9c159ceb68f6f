/** Path, query and header parameters of an operation. */
import * as z from "zod";
import type { RouteDefinition } from "../ports.ts";
import type { JsonSchema, JsonSchemas } from "./json-schemas.ts";

type Place = "path" | "query" | "header";

export function parametersOf(route: RouteDefinition, schemas: JsonSchemas): JsonSchema[] {
  return [...pathParameters(route, schemas), ...queryParameters(route, schemas), ...headerParameters(route)];
}

const text: JsonSchema = { type: "string" };

function pathParameters({ path, params }: RouteDefinition, schemas: JsonSchemas): JsonSchema[] {
  const shape = shapeOf(params);
  return [...path.matchAll(/:([^/]+)/g)].map(([, name = ""]) => {
    const schema = shape[name];
    return parameter("path", name, true, schema ? schemas.describe(schema, "input") : text);
  });
}

/** Described by what the values mean (a number, a list), since that is how they are written in a query. */
function queryParameters({ query }: RouteDefinition, schemas: JsonSchemas): JsonSchema[] {
  return Object.entries(shapeOf(query)).map(([name, schema]) => {
    const meant = schemas.describe(schema, "output");
    const described = Object.keys(meant).length > 0 ? meant : schemas.describe(schema, "input");
    const list = described.type === "array" ? { style: "form", explode: false } : {};
    return { ...parameter("query", name, !isOptional(schema), described), ...list };
  });
}

function headerParameters({ idempotent, responses, headers = {} }: RouteDefinition): JsonSchema[] {
  const key = parameter("header", "Idempotency-Key", false, {
    type: "string",
    pattern: "^[\\x20-\\x7e]{1,256}$",
    description: "A repeat with the same key and body is answered with what the first one did; kept 24 h.",
  });
  const match = parameter("header", "If-Match", false, {
    type: "string",
    description: 'The ETag of the version to change, like `"7"`; refused with 412 when it is another by now.',
  });
  const others = Object.entries(headers).map(([name, description]) =>
    parameter("header", name, false, { type: "string", description }),
  );
  return [...(idempotent ? [key] : []), ...(412 in responses ? [match] : []), ...others];
}

/** The description stands at the parameter, where viewers look for it. */
function parameter(
  place: Place,
  name: string,
  required: boolean,
  { description, ...schema }: JsonSchema,
): JsonSchema {
  return { name, in: place, required, ...(description === undefined ? {} : { description }), schema };
}

const shapeOf = (schema: z.ZodType | undefined): Readonly<Record<string, z.ZodType>> =>
  schema instanceof z.ZodObject ? (schema.shape as Record<string, z.ZodType>) : {};

const isOptional = (schema: z.ZodType): boolean => schema.safeParse(undefined).success;
