/**
 * Schemas as the kernel knows them: any Standard Schema (zod, valibot, arktype …) or a plain JSON Schema object.
 * Type mirror of `@standard-schema/spec` 1.0 (https://standardschema.dev), kept here because the kernel has no dependency.
 */
import { defineService } from "./handles.ts";

export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}
type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | {
      readonly issues: readonly {
        readonly message: string;
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
      }[];
    };

export type JsonSchema = Readonly<Record<string, unknown>>;
export type Schema<T = unknown> = StandardSchema<unknown, T> | JsonSchema;

/** What a schema gives after validation; plain JSON Schema gives unknown records. */
export type InferSchema<S> = S extends StandardSchema<unknown, infer T> ? T : Record<string, unknown>;

export type Validation =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly issues: readonly SchemaIssue[] };
export interface SchemaIssue {
  /** `a.b.0`, or "" for the value itself. */
  readonly path: string;
  readonly message: string;
}

/** A schema made ready once: its JSON form, and its check. */
export interface CompiledSchema {
  readonly json: JsonSchema;
  validate(value: unknown): Validation | Promise<Validation>;
}

/** Injected by the host program, which owns the schema library. Throws for a schema it cannot read. */
export type CompileSchema = (schema: Schema) => CompiledSchema;

/** The host program's schema library as a service, always there: compiles a schema once, for whoever validates. */
export const schemas = defineService<{ readonly compile: CompileSchema }>()("schemas");
