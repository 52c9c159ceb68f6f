/** Rules about the top-level fields of the body, other than `messages` and `tools`. */
import {
  type Fault,
  invalid,
  isObject,
  type JsonObject,
  missing,
  unknownFields,
  wrongType,
  wrongValue,
} from "./fault.ts";

/** Fields of `ChatCompletionCreateParams` in the openai SDK 6.49. */
const known = [
  ...["model", "messages", "stream", "stream_options", "tools", "tool_choice", "parallel_tool_calls"],
  ...["temperature", "top_p", "max_tokens", "max_completion_tokens", "reasoning_effort", "verbosity"],
  ...["response_format", "stop", "seed", "n", "logprobs", "top_logprobs", "logit_bias", "prediction"],
  ...["frequency_penalty", "presence_penalty", "modalities", "audio", "moderation", "web_search_options"],
  ...["user", "metadata", "store", "service_tier", "safety_identifier", "function_call", "functions"],
  ...["prompt_cache_key", "prompt_cache_options", "prompt_cache_retention"],
];
const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];
const booleans = ["stream", "parallel_tool_calls", "store", "logprobs"];
const ranges: readonly (readonly [field: string, min: number, max: number])[] = [
  ["temperature", 0, 2],
  ["top_p", 0, 1],
  ["frequency_penalty", -2, 2],
  ["presence_penalty", -2, 2],
];

/** Faults of the scalar fields of `body`. */
export function checkBody(body: JsonObject, extraFields: readonly string[]): Fault[] {
  return [
    ...unknownFields("unknown-field", body, [...known, ...extraFields], ""),
    ...checkModel(body.model),
    ...booleans
      .filter((field) => notA("boolean", body[field]))
      .map((field) => notBoolean(field, body[field])),
    ...ranges.flatMap(([field, min, max]) => checkRange(field, body[field], min, max)),
    ...checkTokenLimits(body),
    ...checkEffort(body.reasoning_effort),
    ...checkStreamOptions(body),
  ];
}

/** True when the field is set to something that is neither null nor of this type. */
function notA(type: "boolean" | "number", value: unknown): boolean {
  return value !== undefined && value !== null && typeof value !== type;
}

function notBoolean(field: string, value: unknown): Fault {
  return wrongType("wrong-type", field, "a boolean", value);
}

function checkModel(model: unknown): Fault[] {
  if (model === undefined || model === "") return [missing("missing-field", "model")];
  return typeof model === "string" ? [] : [wrongType("wrong-type", "model", "a string", model)];
}

function checkRange(field: string, value: unknown, min: number, max: number): Fault[] {
  if (notA("number", value)) return [wrongType("wrong-type", field, "a decimal", value)];
  if (typeof value !== "number" || (value >= min && value <= max)) return [];
  const [rule, code] =
    value < min
      ? [`decimal below minimum value. Expected a value >= ${min}`, "decimal_below_min_value"]
      : [`decimal above maximum value. Expected a value <= ${max}`, "decimal_above_max_value"];
  return [invalid("wrong-value", field, `${rule}, but got ${value} instead.`, code)];
}

function checkTokenLimits(body: JsonObject): Fault[] {
  const set = ["max_tokens", "max_completion_tokens"].filter((field) => (body[field] ?? null) !== null);
  const faults = set.flatMap((field) => checkTokenLimit(field, body[field]));
  if (set.length < 2) return faults;
  const message = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.";
  return [
    ...faults,
    { reason: "token-limit", message, param: "max_tokens", code: "invalid_parameter_combination" },
  ];
}

function checkTokenLimit(field: string, value: unknown): Fault[] {
  if (!Number.isInteger(value)) return [wrongType("token-limit", field, "an integer", value)];
  if (Number(value) >= 1) return [];
  const rule = `integer below minimum value. Expected a value >= 1, but got ${value} instead.`;
  return [invalid("token-limit", field, rule, "integer_below_min_value")];
}

function checkEffort(effort: unknown): Fault[] {
  if (effort === undefined || effort === null || efforts.includes(String(effort))) return [];
  return [wrongValue("reasoning-effort", "reasoning_effort", effort, efforts)];
}

function checkStreamOptions(body: JsonObject): Fault[] {
  const options = body.stream_options ?? null;
  if (options === null) return [];
  const path = "stream_options";
  if (!isObject(options)) return [wrongType("stream-options", path, "an object", options)];
  const faults = unknownFields("unknown-field", options, ["include_usage", "include_obfuscation"], path);
  if (body.stream === true) return faults;
  const message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
  return [...faults, { reason: "stream-options", message, param: path, code: null }];
}
