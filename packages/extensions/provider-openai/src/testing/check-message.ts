/** Rules about one message on its own: role, fields, content. */
import { checkToolCalls } from "./check-tool-calls.ts";
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

const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  system: ["role", "content", "name"],
  assistant: ["role", "content", "name", "tool_calls", "refusal", "audio", "function_call"],
  user: ["role", "content", "name"],
  tool: ["role", "content", "name", "tool_call_id"],
  developer: ["role", "content", "name"],
};
const partsOf: Readonly<Record<string, readonly string[]>> = {
  system: ["text"],
  assistant: ["text", "refusal"],
  user: ["text", "image_url", "input_audio", "file"],
  tool: ["text"],
  developer: ["text"],
};
const roles = Object.keys(fieldsOf);

/** Faults of one message; `path` is where it stands ("messages[3]"). */
export function checkMessage(message: unknown, path: string, extraFields: readonly string[]): Fault[] {
  if (!isObject(message)) return [wrongType("wrong-type", path, "an object", message)];
  const role = message.role;
  if (role === undefined) return [missing("bad-role", `${path}.role`)];
  if (typeof role !== "string" || !roles.includes(role))
    return [wrongValue("bad-role", `${path}.role`, role, roles)];
  const extra = role === "assistant" ? extraFields : [];
  return [
    ...unknownFields("unknown-message-field", message, [...(fieldsOf[role] ?? []), ...extra], path),
    ...checkContent(message, role, `${path}.content`),
    ...(role === "assistant" ? checkToolCalls(message, path) : []),
    ...(role === "tool" ? checkAnswerId(message.tool_call_id, `${path}.tool_call_id`) : []),
  ];
}

function checkAnswerId(id: unknown, path: string): Fault[] {
  if (id === undefined) return [missing("tool-call-id", path)];
  return typeof id === "string" ? [] : [wrongType("tool-call-id", path, "a string", id)];
}

function checkContent(message: JsonObject, role: string, path: string): Fault[] {
  const content = message.content;
  if (role === "assistant" && (content === undefined || content === null)) {
    return speaks(message) ? [] : [missing("missing-content", path)];
  }
  if (content === undefined) return [missing("missing-content", path)];
  if (typeof content === "string") {
    // A tool may have nothing to say, and calls may come without text. Nobody else sends nothing.
    const mayBeEmpty = role === "tool" || (role === "assistant" && speaks(message));
    return content !== "" || mayBeEmpty ? [] : [emptyString(path)];
  }
  if (!Array.isArray(content))
    return [wrongType("bad-content", path, "one of a string or array of objects", content)];
  if (content.length === 0) return [emptyArray("empty-content", path)];
  return content.flatMap((part, index) => checkPart(part, partsOf[role] ?? [], `${path}[${index}]`));
}

/** An assistant message says something without content when it calls tools, refuses or has audio. */
function speaks(message: JsonObject): boolean {
  return ["tool_calls", "refusal", "audio", "function_call"].some(
    (field) => (message[field] ?? null) !== null,
  );
}

function checkPart(part: unknown, types: readonly string[], path: string): Fault[] {
  if (!isObject(part)) return [wrongType("bad-content-part", path, "an object", part)];
  const type = part.type;
  if (typeof type !== "string" || !types.includes(type))
    return [wrongValue("bad-content-part", `${path}.type`, type, types)];
  const value = part[type];
  const faults = unknownFields("bad-content-part", part, ["type", type, "prompt_cache_breakpoint"], path);
  if (value === undefined) return [...faults, missing("bad-content-part", `${path}.${type}`)];
  const isText = type === "text" || type === "refusal";
  if (isText && typeof value !== "string")
    return [...faults, wrongType("bad-content-part", `${path}.${type}`, "a string", value)];
  if (isText && value === "") return [...faults, emptyString(`${path}.${type}`)];
  if (type === "image_url") return [...faults, ...checkImage(value, `${path}.image_url`)];
  return faults;
}

function checkImage(image: unknown, path: string): Fault[] {
  if (!isObject(image)) return [wrongType("bad-content-part", path, "an object", image)];
  if (typeof image.url === "string" && /^(https?:\/\/|data:image\/)/.test(image.url)) return [];
  return [invalid("bad-content-part", `${path}.url`, "expected a URL or a data URL of an image.")];
}

function emptyString(path: string): Fault {
  const rule = "empty string. Expected a string with minimum length 1, but got an empty string instead.";
  return invalid("empty-content", path, rule, "string_below_min_length");
}
