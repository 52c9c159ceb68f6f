/** From an exchange and its route to what the handler gets; everything wrong with the request is reported at once. */
import type { FieldError } from "@dispatch/wire";
import { dispatchError } from "@dispatch/wire";
import type * as z from "zod";
import type { Exchange } from "../exchange.ts";
import type { RouteDefinition, RouteRequest } from "../ports.ts";
import { fieldErrors, invalidRequest } from "./field-errors.ts";
import { parseJson } from "./json-body.ts";
import { assertJsonType, assertType, hasBody, readBody } from "./read-body.ts";

/** Throws a `DispatchError`; `invalid-request` has a path for each thing that is wrong. */
export async function readRequest(
  route: RouteDefinition,
  params: Readonly<Record<string, string>>,
  exchange: Exchange,
  bodyLimitBytes: number,
): Promise<RouteRequest> {
  const { incoming, caller, signal } = exchange;
  const errors: FieldError[] = [];
  const check = (schema: z.ZodType, value: unknown): unknown => {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    errors.push(...fieldErrors(result.error));
    return undefined;
  };
  const header = (name: string): string | undefined => {
    const value = incoming.headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(", ") : value;
  };

  const checkedParams = route.params ? check(route.params, params) : params;
  const query = queryOf(incoming.url ?? "", errors);
  const checkedQuery = route.query ? check(route.query, query) : noQuery(query, errors);
  const idempotencyKey = route.idempotent ? keyOf(header("idempotency-key"), errors) : undefined;
  const ifMatch = versionOf(header("if-match"), errors);
  let body: unknown;
  if (route.body) {
    const given = hasBody(incoming.headers) ? await readJson(incoming, bodyLimitBytes) : {};
    body = check(route.body, given);
  }
  if (route.raw) assertType(incoming.headers, route.raw.types);
  if (errors.length > 0) throw invalidRequest(errors);
  return {
    // Not destroyed when the reader gives up: the answer goes over the same connection.
    ...(route.raw && {
      raw: { [Symbol.asyncIterator]: () => incoming.iterator({ destroyOnReturn: false }) },
    }),
    params: checkedParams,
    query: checkedQuery,
    body,
    caller,
    call: {
      credential: caller?.credential ?? "public",
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    },
    ...(ifMatch === undefined ? {} : { ifMatch }),
    signal,
    header,
  };
}

async function readJson(incoming: Exchange["incoming"], limit: number): Promise<unknown> {
  assertJsonType(incoming.headers);
  const bytes = await readBody(incoming, limit);
  return bytes.length === 0 ? {} : parseJson(bytes);
}

/** Each name once. */
function queryOf(target: string, errors: FieldError[]): Record<string, string> {
  const query = new Map<string, string>();
  const at = target.indexOf("?");
  for (const [name, value] of new URLSearchParams(at === -1 ? "" : target.slice(at + 1))) {
    if (query.has(name)) errors.push({ path: name, message: "Given more than once." });
    query.set(name, value);
  }
  return Object.fromEntries(query);
}

function noQuery(query: Record<string, string>, errors: FieldError[]): Record<string, never> {
  errors.push(...Object.keys(query).map((path) => ({ path, message: "Unknown field." })));
  return {};
}

function keyOf(value: string | undefined, errors: FieldError[]): string | undefined {
  if (value === undefined || /^[\x20-\x7e]{1,256}$/.test(value)) return value;
  errors.push({ path: "Idempotency-Key", message: "Must be 1 to 256 visible ASCII characters." });
  return undefined;
}

/** `"7"` as `ETag` gave it, or a bare 7. `*` asks for nothing more than that it exists, which every patch does. */
function versionOf(value: string | undefined, errors: FieldError[]): number | undefined {
  if (value === undefined || value.trim() === "*") return undefined;
  const digits = /^\s*(?:"(\d{1,15})"|(\d{1,15}))\s*$/.exec(value);
  if (digits) return Number(digits[1] ?? digits[2]);
  if (/^\s*(W\/)?"[^"]*"\s*$/.test(value))
    throw dispatchError("version-conflict", "No version has this ETag.");
  errors.push({ path: "If-Match", message: 'Must be one ETag, like "7".' });
  return undefined;
}
