/**
 * Schemas for the kernel: any Standard Schema that can tell its JSON Schema (zod 4.2 and later can), or plain JSON
 * Schema, checked by ajv, which is loaded when the first such schema is met that the build did not know.
 */
import { createRequire } from "node:module";
import type {
  CompiledSchema,
  CompileSchema,
  JsonSchema,
  Schema,
  SchemaIssue,
  StandardSchema,
} from "@dispatch/kernel";
import type { Ajv2020, ErrorObject } from "ajv/dist/2020.js";
import { ajvOptions, builtChecks, type Check, checkKey } from "./built-checks.ts";

/** The extension of Standard Schema that tells the JSON form (https://standardschema.dev/json-schema). */
interface WithJsonSchema {
  readonly jsonSchema?: { input(options: { target: "draft-2020-12" }): JsonSchema };
}

export function createCompileSchema(): CompileSchema {
  let loaded: typeof Ajv2020 | undefined;
  let shared: Ajv2020 | undefined;
  let built: ReadonlyMap<string, Check> | undefined;

  function ajvFor(schema: JsonSchema): Ajv2020 {
    loaded ??= (createRequire(import.meta.url)("ajv/dist/2020.js") as { Ajv2020: typeof Ajv2020 }).Ajv2020;
    if ("$id" in schema) return new loaded(ajvOptions); // two schemas may use one id
    shared ??= new loaded(ajvOptions);
    return shared;
  }

  function checkOf(schema: JsonSchema): Check {
    built ??= builtChecks();
    return built.get(checkKey(schema)) ?? ajvFor(schema).compile(schema);
  }

  return (schema: Schema) =>
    isStandard(schema) ? compileStandard(schema) : compileJson(schema, checkOf(schema));
}

const isStandard = (schema: Schema): schema is StandardSchema => "~standard" in schema;

function compileStandard(schema: StandardSchema): CompiledSchema {
  const standard = schema["~standard"];
  const { jsonSchema } = standard as WithJsonSchema;
  if (!jsonSchema) {
    throw new Error(
      `A schema of ${standard.vendor} cannot be told as JSON Schema; give JSON Schema, or one of zod 4.2 or later.`,
    );
  }
  return {
    json: jsonSchema.input({ target: "draft-2020-12" }),
    async validate(value) {
      const result = await standard.validate(value);
      if (!result.issues) return { ok: true, value: result.value };
      const issues = result.issues.map(({ message, path = [] }) => ({
        path: path.map((part) => String(typeof part === "object" ? part.key : part)).join("."),
        message,
      }));
      return { ok: false, issues };
    },
  };
}

function compileJson(schema: JsonSchema, check: Check): CompiledSchema {
  return {
    json: schema,
    validate(value) {
      const copy = structuredClone(value); // defaults are filled in
      return check(copy)
        ? { ok: true, value: copy }
        : { ok: false, issues: (check.errors ?? []).map(toIssue) };
    },
  };
}

function toIssue({ instancePath, keyword, params, message = "is wrong" }: ErrorObject): SchemaIssue {
  const path = instancePath
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (keyword === "additionalProperties") {
    return { path: [...path, String(params.additionalProperty)].join("."), message: "unknown key" };
  }
  if (keyword === "required")
    return { path: [...path, String(params.missingProperty)].join("."), message: "is missing" };
  const allowed = keyword === "enum" ? `: ${(params.allowedValues as unknown[]).join(", ")}` : "";
  return { path: path.join("."), message: `${message}${allowed}` };
}
