/** One route as an operation of the document. */
import type * as z from "zod";
import type { OtherBody, RouteDefinition } from "../ports.ts";
import type { JsonSchema, JsonSchemas } from "./json-schemas.ts";
import { parametersOf } from "./parameters.ts";
import { problemReference, sharedStatuses } from "./problem-responses.ts";

export function operationOf(route: RouteDefinition, schemas: JsonSchemas): JsonSchema {
  const parameters = parametersOf(route, schemas);
  return {
    operationId: route.operation,
    tags: [route.operation.split(".", 1)[0]],
    summary: route.summary,
    ...(route.public ? { security: [{}, { bearer: [] }] } : {}),
    "x-scope": route.scope,
    ...(parameters.length > 0 && { parameters }),
    ...(route.raw && {
      requestBody: {
        required: true,
        description: route.raw.description,
        content: Object.fromEntries(route.raw.types.map((type) => [type, { schema: { type: "string" } }])),
      },
    }),
    ...(route.body && { requestBody: requestBody(route.body, schemas) }),
    responses: responsesOf(route, schemas),
  };
}

function requestBody(body: z.ZodType, schemas: JsonSchemas): JsonSchema {
  const required = !body.safeParse({}).success; // no body counts as `{}`
  return { required, content: { "application/json": { schema: schemas.describe(body, "input") } } };
}

/** Every status the route may answer with: those it names, and those that any may have. */
export const statusesOf = (route: RouteDefinition): number[] =>
  [...new Set([...Object.keys(route.responses).map(Number), ...sharedStatuses(route)])].sort((a, b) => a - b);

function responsesOf(route: RouteDefinition, schemas: JsonSchemas): JsonSchema {
  const entries = statusesOf(route).map((status) => {
    const given = route.responses[status];
    return [String(status), status >= 400 ? problemReference(status) : successOf(given, schemas)];
  });
  return Object.fromEntries(entries);
}

function successOf(given: z.ZodType | string | OtherBody | undefined, schemas: JsonSchemas): JsonSchema {
  if (given === undefined || typeof given === "string") return { description: given ?? "Done." };
  if (!("types" in given)) {
    const { description = "Done.", ...schema } = schemas.describe(given, "output");
    return { description, content: { "application/json": { schema } } };
  }
  const media = given.schema ? { schema: schemas.describe(given.schema, "output") } : {};
  return {
    description: given.description,
    content: Object.fromEntries(given.types.map((type) => [type, media])),
  };
}
