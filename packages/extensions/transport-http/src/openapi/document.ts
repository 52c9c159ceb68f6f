/** The OpenAPI 3.1 document, made from the routes that are served: what it says and what is checked are the same schemas. */
import { problem } from "@dispatch/wire";
import type { RouteDefinition } from "../ports.ts";
import { createJsonSchemas, type JsonSchema } from "./json-schemas.ts";
import { operationOf, statusesOf } from "./operation.ts";
import { problemResponses } from "./problem-responses.ts";

export interface OpenApiDocument {
  readonly openapi: "3.1.0";
  readonly info: JsonSchema;
  readonly servers: readonly JsonSchema[];
  readonly security: readonly JsonSchema[];
  readonly tags: readonly JsonSchema[];
  /** Path (`/a/{id}`) → method in lower case → operation. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
  readonly components: JsonSchema;
}

const description = [
  "Conversations with agents: an append-only log each, which any number of clients follow.",
  "Bodies are closed: an unknown field is refused with its path. Answers may grow: ignore what you do not know.",
  "Streams give one event a line (NDJSON) or a message (SSE); hand the last cursor back as `after` to go on behind it.",
].join("\n\n");

/** `version`: of the server. */
export function openApiDocument(routes: readonly RouteDefinition[], version: string): OpenApiDocument {
  const schemas = createJsonSchemas();
  const problemSchema = schemas.describe(problem, "output");
  const paths: Record<string, Record<string, JsonSchema>> = {};
  const tags = new Set<string>();
  for (const route of routes) {
    const path = route.path.replaceAll(/:([^/]+)/g, "{$1}");
    const operations = paths[path] ?? {};
    paths[path] = operations;
    operations[route.method.toLowerCase()] = operationOf(route, schemas);
    tags.add(route.operation.split(".", 1)[0] ?? "");
  }
  const refusals = routes.flatMap(statusesOf).filter((status) => status >= 400);
  return {
    openapi: "3.1.0",
    info: { title: "Dispatch", version, description, license: { name: "MIT", identifier: "MIT" } },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }],
    tags: [...tags].sort().map((name) => ({ name })),
    paths,
    components: {
      schemas: schemas.components,
      responses: problemResponses(refusals, problemSchema),
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description: "The token in the file `token` of the data folder.",
        },
      },
    },
  };
}
