/** Settings: checked against the manifest's schema before any code of the extension runs. */
import { messageOf } from "../bus/fault.ts";
import type { Manifest } from "../contracts/manifest.ts";
import type { CompileSchema, JsonSchema, SchemaIssue } from "../contracts/schema.ts";
import { nearest } from "../text/nearest.ts";

export type CheckedSettings =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string };

/** All problems as `path: message`. `read` gives the configured value; undefined counts as `{}`. */
export async function checkSettings(
  manifest: Manifest,
  read: (extensionId: string) => unknown,
  compile: CompileSchema,
): Promise<CheckedSettings> {
  try {
    const given = read(manifest.id) ?? {};
    if (manifest.settings === undefined) return withoutSchema(given);
    const result = await compile(manifest.settings).validate(given);
    return result.ok ? result : wrong(result.issues, manifest.settings);
  } catch (error) {
    return { ok: false, reason: `its settings cannot be checked: ${messageOf(error)}` };
  }
}

function withoutSchema(given: unknown): CheckedSettings {
  const isObject = typeof given === "object" && given !== null;
  const names = isObject ? Object.keys(given) : [];
  if (isObject && names.length === 0) return { ok: true, value: {} };
  return {
    ok: false,
    reason: `it has no settings, but the config sets ${names.join(", ") || String(given)}`,
  };
}

function wrong(issues: readonly SchemaIssue[], schema: JsonSchema): CheckedSettings {
  const known = Object.keys(schema.properties ?? {});
  const sentences = issues.map(({ path, message }) => {
    const near = known.includes(path.split(".")[0] ?? "") ? undefined : nearest(path, known);
    return `${path || "settings"}: ${message}${near === undefined ? "" : ` (did you mean "${near}"?)`}`;
  });
  return { ok: false, reason: `its settings are wrong: ${sentences.join("; ")}` };
}
