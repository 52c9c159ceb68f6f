/** What a refusal looks like, and the sentences the real API uses for the common ones. */

/** Why a request was refused: one short name per rule, for tests to match on. */
export type FaultReason =
  | "bad-content"
  | "bad-content-part"
  | "bad-role"
  | "body-not-object"
  | "duplicate-tool-answer"
  | "duplicate-tool-call-id"
  | "duplicate-tool-name"
  | "empty-content"
  | "empty-messages"
  | "empty-tool-calls"
  | "empty-tools"
  | "function-name"
  | "lone-surrogate"
  | "missing-content"
  | "missing-field"
  | "orphan-tool-message"
  | "reasoning-effort"
  | "stream-options"
  | "token-limit"
  | "tool-arguments"
  | "tool-call-id"
  | "tool-choice"
  | "tool-parameters"
  | "too-many-tools"
  | "unanswered-tool-calls"
  | "unknown-field"
  | "unknown-message-field"
  | "unknown-tool-call-id"
  | "wrong-type"
  | "wrong-value";

/** One rule a request breaks. `message`, `param` and `code` are what the API puts in its error object. */
export interface Fault {
  readonly reason: FaultReason;
  readonly message: string;
  readonly param: string | null;
  readonly code: string | null;
}

/** A JSON object whose fields are not known yet. */
export type JsonObject = { readonly [field: string]: unknown };

/** True for a JSON object: not null, not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The name the API gives to the type of a JSON value. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "number") return Number.isInteger(value) ? "an integer" : "a decimal";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** A field nobody knows. */
export function unknownField(reason: FaultReason, path: string): Fault {
  return { reason, message: `Unknown parameter: '${path}'.`, param: path, code: "unknown_parameter" };
}

/** A field that must be there and is not. */
export function missing(reason: FaultReason, path: string): Fault {
  const message = `Missing required parameter: '${path}'.`;
  return { reason, message, param: path, code: "missing_required_parameter" };
}

/** A value of the wrong JSON type; `expected` carries its article: "a string". */
export function wrongType(reason: FaultReason, path: string, expected: string, value: unknown): Fault {
  const message = `Invalid type for '${path}': expected ${expected}, but got ${kindOf(value)} instead.`;
  return { reason, message, param: path, code: "invalid_type" };
}

/** A value outside the ones the API lists. */
export function wrongValue(reason: FaultReason, path: string, value: unknown, all: readonly string[]): Fault {
  const supported = all.map((one) => `'${one}'`).join(", ");
  const message = `Invalid value: '${String(value)}'. Supported values are: ${supported}.`;
  return { reason, message, param: path, code: "invalid_value" };
}

/** An array that needs at least one element. */
export function emptyArray(reason: FaultReason, path: string): Fault {
  const rest = "Expected an array with minimum length 1, but got an empty array instead.";
  return { reason, message: `Invalid '${path}': empty array. ${rest}`, param: path, code: "empty_array" };
}

/** A value that breaks a rule about itself; `rule` reads on from "Invalid 'path': ". */
export function invalid(reason: FaultReason, path: string, rule: string, code = "invalid_value"): Fault {
  return { reason, message: `Invalid '${path}': ${rule}`, param: path, code };
}

/** Every field of `object` that `known` does not list. */
export function unknownFields(
  reason: FaultReason,
  object: JsonObject,
  known: readonly string[],
  path: string,
): Fault[] {
  return Object.keys(object)
    .filter((field) => !known.includes(field))
    .map((field) => unknownField(reason, path === "" ? field : `${path}.${field}`));
}
