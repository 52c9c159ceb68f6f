/** The configuration's schema for editors: the checked one, with the settings of each extension as its manifest has them. */
import type { Manifest } from "@dispatch/kernel";
import { configSchema } from "./schema.ts";

/** A JSON Schema (draft 2020-12) as data. */
export function publishedSchema(manifests: readonly Manifest[]): Record<string, unknown> {
  const any = configSchema.properties?.extensions?.additionalProperties;
  const base = typeof any === "object" ? any : {};
  const properties = Object.fromEntries(
    manifests.map(({ id, description, settings }) => [
      id,
      {
        ...base,
        ...(description === undefined ? {} : { description }),
        ...(settings === undefined ? {} : { properties: { ...base.properties, settings } }),
      },
    ]),
  );
  const extensions = { ...configSchema.properties?.extensions, properties };
  return { ...configSchema, properties: { ...configSchema.properties, extensions } };
}
