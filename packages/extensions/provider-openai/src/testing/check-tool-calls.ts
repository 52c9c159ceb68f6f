/** Rules about the `tool_calls` of one assistant message. */
import {
  emptyArray,
  type Fault,
  invalid,
  isObject,
  type JsonObject,
  missing,
  unknownFields,
  wrongType,
  wrongValue,
} from "./fault.ts";

/** The longest id the API takes, in characters. */
const maxIdLength = 40;
/** What the API takes as the name of a function. */
const namePattern: RegExp = /^[a-zA-Z0-9_-]{1,64}$/;

/** Faults of `message.tool_calls`; `path` is where the message stands. */
export function checkToolCalls(message: JsonObject, path: string): Fault[] {
  const calls = message.tool_calls;
  const at = `${path}.tool_calls`;
  if (calls === undefined) return [];
  if (!Array.isArray(calls)) return [wrongType("wrong-type", at, "an array of objects", calls)];
  if (calls.length === 0) return [emptyArray("empty-tool-calls", at)];
  return calls.flatMap((call, index) => checkToolCall(call, `${at}[${index}]`));
}

function checkToolCall(call: unknown, path: string): Fault[] {
  if (!isObject(call)) return [wrongType("wrong-type", path, "an object", call)];
  const faults = [
    ...unknownFields("unknown-message-field", call, ["id", "type", "function"], path),
    ...checkCallId(call.id, `${path}.id`),
  ];
  if (call.type !== "function")
    faults.push(wrongValue("wrong-value", `${path}.type`, call.type, ["function", "custom"]));
  const target = call.function;
  if (!isObject(target)) return [...faults, missing("missing-field", `${path}.function`)];
  return [
    ...faults,
    ...unknownFields("unknown-message-field", target, ["name", "arguments"], `${path}.function`),
    ...checkFunctionName(target.name, `${path}.function.name`),
    ...checkArguments(target.arguments, `${path}.function.arguments`),
  ];
}

function checkCallId(id: unknown, path: string): Fault[] {
  if (id === undefined) return [missing("tool-call-id", path)];
  if (typeof id !== "string") return [wrongType("tool-call-id", path, "a string", id)];
  if (id === "")
    return [invalid("tool-call-id", path, "empty string. Expected a string with minimum length 1.")];
  if (id.length <= maxIdLength) return [];
  const rule = `string too long. Expected a string with maximum length ${maxIdLength}, but got a string with length ${id.length} instead.`;
  return [invalid("tool-call-id", path, rule, "string_above_max_length")];
}

/** Faults of a function's name, in a call or in a tool. */
export function checkFunctionName(name: unknown, path: string): Fault[] {
  if (name === undefined) return [missing("function-name", path)];
  if (typeof name !== "string") return [wrongType("function-name", path, "a string", name)];
  if (namePattern.test(name)) return [];
  const rule = `string does not match pattern. Expected a string that matches the pattern '${namePattern.source}'.`;
  return [invalid("function-name", path, rule)];
}

/** The API documents arguments as JSON text; providers behind it parse them, so half an object is refused. */
function checkArguments(args: unknown, path: string): Fault[] {
  if (args === undefined) return [missing("tool-arguments", path)];
  if (typeof args !== "string") return [wrongType("tool-arguments", path, "a string", args)];
  if (isObject(parsed(args))) return [];
  return [invalid("tool-arguments", path, "expected the JSON text of an object.")];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
