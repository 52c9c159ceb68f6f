/** Rules about `tools`, `tool_choice` and `parallel_tool_calls`. */
import { checkParameters } from "./check-parameters.ts";
import { checkFunctionName } from "./check-tool-calls.ts";
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

/** The most tools the API takes in one request. */
const maxTools = 128;
const choices = ["none", "auto", "required"];

/** Faults of the tools in `body` and of the fields that need tools. */
export function checkTools(body: JsonObject): Fault[] {
  const tools = body.tools ?? undefined;
  if (tools === undefined) return needsTools(body);
  if (!Array.isArray(tools)) return [wrongType("wrong-type", "tools", "an array of objects", tools)];
  if (tools.length === 0) return [emptyArray("empty-tools", "tools")];
  const names = tools.map(nameOf);
  const faults = tools.flatMap((tool, index) => checkTool(tool, `tools[${index}]`));
  names.forEach((name, index) => {
    if (name === undefined || names.indexOf(name) === index) return;
    const rule = `duplicate function name '${name}'. Expected every tool to have its own name.`;
    faults.push(invalid("duplicate-tool-name", `tools[${index}].function.name`, rule));
  });
  if (tools.length > maxTools) {
    const rule = `array too long. Expected an array with maximum length ${maxTools}, but got an array with length ${tools.length} instead.`;
    faults.push(invalid("too-many-tools", "tools", rule, "array_above_max_length"));
  }
  return [...faults, ...checkChoice(body.tool_choice, names)];
}

function nameOf(tool: unknown): string | undefined {
  if (!isObject(tool) || !isObject(tool.function)) return undefined;
  return typeof tool.function.name === "string" ? tool.function.name : undefined;
}

function needsTools(body: JsonObject): Fault[] {
  return ["tool_choice", "parallel_tool_calls"]
    .filter((field) => (body[field] ?? null) !== null)
    .map((field) => {
      const message = `Invalid value for '${field}': '${field}' is only allowed when 'tools' are specified.`;
      return { reason: "tool-choice", message, param: field, code: null };
    });
}

function checkTool(tool: unknown, path: string): Fault[] {
  if (!isObject(tool)) return [wrongType("wrong-type", path, "an object", tool)];
  if (tool.type !== "function")
    return [wrongValue("wrong-value", `${path}.type`, tool.type, ["function", "custom"])];
  const target = tool.function;
  const at = `${path}.function`;
  if (!isObject(target)) return [missing("missing-field", at)];
  const faults = [
    ...unknownFields("unknown-field", tool, ["type", "function"], path),
    ...unknownFields("unknown-field", target, ["name", "description", "parameters", "strict"], at),
    ...checkFunctionName(target.name, `${at}.name`),
    ...checkParameters(target, `${at}.parameters`),
  ];
  const description = target.description ?? "";
  if (typeof description !== "string")
    faults.push(wrongType("wrong-type", `${at}.description`, "a string", description));
  return faults;
}

function checkChoice(choice: unknown, names: readonly (string | undefined)[]): Fault[] {
  if (choice === undefined || choice === null) return [];
  if (typeof choice === "string")
    return choices.includes(choice) ? [] : [wrongValue("tool-choice", "tool_choice", choice, choices)];
  const name = isObject(choice) ? nameOf(choice) : undefined;
  if (name === undefined)
    return [wrongType("tool-choice", "tool_choice", "one of a string or a function", choice)];
  if (names.includes(name)) return [];
  const message = `Tool choice '${name}' not found in 'tools' parameter.`;
  return [{ reason: "tool-choice", message, param: "tool_choice", code: null }];
}
