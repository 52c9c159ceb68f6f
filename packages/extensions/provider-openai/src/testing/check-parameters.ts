/** Rules about a tool's JSON schema: an object at the top, arrays with items, and what `strict` asks for. */
import { type Fault, isObject, type JsonObject, wrongType } from "./fault.ts";

/** Keywords the API refuses beside `type: "object"` at the top of a schema. */
const notAtTop = ["oneOf", "anyOf", "allOf", "enum", "not"];

/** Faults of `tool.parameters`; no parameters at all means a function without arguments. */
export function checkParameters(tool: JsonObject, path: string): Fault[] {
  const schema = tool.parameters ?? undefined;
  if (schema === undefined) return [];
  if (!isObject(schema)) return [wrongType("tool-parameters", path, "an object", schema)];
  const refuse = (problem: string): Fault => ({
    reason: "tool-parameters",
    message: `Invalid schema for function '${String(tool.name)}': ${problem}`,
    param: path,
    code: "invalid_function_parameters",
  });
  if (schema.type !== "object") {
    const got = schema.type === undefined ? "None" : String(schema.type);
    return [refuse(`schema must be a JSON Schema of 'type: "object"', got 'type: "${got}"'.`)];
  }
  const top = notAtTop.filter((keyword) => keyword in schema);
  return [
    ...(top.length > 0
      ? [refuse(`schema must have type 'object' and not have '${top.join("'/'")}' at the top level.`)]
      : []),
    ...problems(schema, [], tool.strict === true).map(refuse),
  ];
}

function problems(schema: JsonObject, at: readonly string[], strict: boolean): string[] {
  const context = `In context=(${at.map((step) => `'${step}'`).join(", ")}),`;
  const found: string[] = [];
  if (schema.type === "array" && !isObject(schema.items))
    found.push(`${context} array schema missing items.`);
  if (schema.type === "object" && strict) found.push(...strictProblems(schema, context));
  if (isObject(schema.properties)) {
    for (const [name, property] of Object.entries(schema.properties)) {
      const here = [...at, "properties", name];
      if (isObject(property)) found.push(...problems(property, here, strict));
      else found.push(`${context} property '${name}' is not a valid schema.`);
    }
  }
  if (isObject(schema.items)) found.push(...problems(schema.items, [...at, "items"], strict));
  return found;
}

function strictProblems(schema: JsonObject, context: string): string[] {
  const required = Array.isArray(schema.required) ? schema.required : [];
  const keys = Object.keys(isObject(schema.properties) ? schema.properties : {});
  const left = keys.filter((key) => !required.includes(key));
  return [
    ...(schema.additionalProperties === false
      ? []
      : [`${context} 'additionalProperties' is required to be supplied and to be false.`]),
    ...(left.length === 0
      ? []
      : [
          `${context} 'required' is required to be supplied and to be an array including every key in properties. Missing '${left[0]}'.`,
        ]),
  ];
}
