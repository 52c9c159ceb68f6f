/**
 * Checks of settings that the build made with ajv from the bundled manifests: the same functions that ajv would make at a
 * start, without loading it, which takes longer than the rest of a start together.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { JsonSchema } from "@dispatch/kernel";
import type { ErrorObject, Options } from "ajv/dist/2020.js";

/** As ajv makes them: what is wrong stays on the function until its next call. */
export interface Check {
  (value: unknown): boolean;
  errors?: null | ErrorObject[];
}

/** Both those of the build and those of a running server. */
export const ajvOptions: Options = {
  allErrors: true,
  strict: false,
  useDefaults: true,
  validateFormats: false,
};

/** What a check is found by: a schema changed by one letter has none. */
export const checkKey = (schema: JsonSchema): string =>
  createHash("sha256").update(JSON.stringify(schema)).digest("hex");

/** By `checkKey`. Empty when this runs from source. */
export function builtChecks(): ReadonlyMap<string, Check> {
  const file = fileURLToPath(new URL("./settings-checks.cjs", import.meta.url)); // in dist, where all code lies in one folder
  if (!existsSync(file)) return new Map();
  const checks = createRequire(import.meta.url)(file) as Record<string, Check>;
  return new Map(Object.entries(checks));
}
