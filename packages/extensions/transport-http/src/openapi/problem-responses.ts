/** What a route may answer when it refuses: one described response for each status, naming the codes of the error table. */
import { errorTable } from "@dispatch/wire";
import type { RouteDefinition } from "../ports.ts";
import type { JsonSchema } from "./json-schemas.ts";

/** Statuses every route may answer with, beside those it names itself. */
export function sharedStatuses({ public: open, body, raw, idempotent }: RouteDefinition): number[] {
  // 413 and 415: also to a body that is not asked for, as long as the route reads one.
  return [
    400,
    403,
    408,
    429,
    431,
    503,
    ...(open ? [] : [401]),
    ...(body || raw ? [413, 415] : []),
    ...(idempotent ? [409] : []),
  ];
}

export const problemReference = (status: number): JsonSchema => ({
  $ref: `#/components/responses/Problem${status}`,
});

/** For `components.responses`. */
export function problemResponses(
  statuses: Iterable<number>,
  schema: JsonSchema,
): Readonly<Record<string, JsonSchema>> {
  const entries = [...new Set(statuses)]
    .sort((a, b) => a - b)
    .map((status) => [`Problem${status}`, describe(status, schema)]);
  return Object.fromEntries(entries);
}

function describe(status: number, schema: JsonSchema): JsonSchema {
  const codes = Object.entries(errorTable)
    .filter(([, entry]) => entry.status === status)
    .map(([code, { title }]) => `\`${code}\`: ${title}`);
  const header = responseHeaders[status];
  return {
    description: codes.join("\n\n") || "A problem.",
    ...(header && { headers: header }),
    content: { "application/problem+json": { schema } },
  };
}

const responseHeaders: Readonly<Record<number, JsonSchema>> = {
  401: { "WWW-Authenticate": { schema: { type: "string", const: "Bearer" } } },
  429: { "Retry-After": { description: "Seconds.", schema: { type: "integer", minimum: 0 } } },
  503: {
    "Retry-After": { description: "Seconds, if it is known.", schema: { type: "integer", minimum: 0 } },
  },
};
