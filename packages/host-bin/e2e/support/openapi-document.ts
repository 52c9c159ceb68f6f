/** The API's own description, read as a stranger would: its operations, and a judge of what goes in and what comes out. */
import { Ajv2020 } from "ajv/dist/2020.js";

export type Schema = { readonly [key: string]: unknown };
export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly schema: Schema;
}
export interface Operation {
  readonly operationId: string;
  readonly method: string;
  /** As documented: `/conversations/{id}`. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body?: Schema | undefined;
  /** Status → media type → schema. */
  readonly responses: ReadonlyMap<number, ReadonlyMap<string, Schema | undefined>>;
}
export interface Description {
  readonly operations: readonly Operation[];
  /** Follows a reference. */
  resolve(schema: Schema): Schema;
  /** Undefined: the value fits; else what does not. Answers are held to the fields that are described. */
  misfit(schema: Schema, value: unknown, direction: "input" | "output"): string | undefined;
}

interface Content {
  content?: Record<string, { schema?: Schema }>;
}
interface Document {
  paths: Record<
    string,
    Record<
      string,
      {
        operationId: string;
        parameters?: Parameter[];
        requestBody?: Content;
        responses: Record<string, Schema & Content>;
      }
    >
  >;
  components: { schemas: Record<string, Schema>; responses: Record<string, Content> };
}

export function readDescription(document: Document): Description {
  const closed = closeObjects(document);
  const judges = { input: judgeOf(document), output: judgeOf(closed) };
  const named = (reference: unknown): unknown =>
    String(reference)
      .split("/")
      .slice(1)
      .reduce<unknown>((at, key) => (at as Schema)[key], document);
  return {
    operations: Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, operation]): Operation => ({
          operationId: operation.operationId,
          method: method.toUpperCase(),
          path,
          parameters: operation.parameters ?? [],
          body: operation.requestBody?.content?.["application/json"]?.schema,
          responses: new Map(
            Object.entries(operation.responses).map(([status, response]) => {
              const { content = {} } = (response.$ref ? named(response.$ref) : response) as Content;
              return [
                Number(status),
                new Map(Object.entries(content).map(([type, { schema }]) => [type, schema])),
              ];
            }),
          ),
        }),
      ),
    ),
    resolve: (schema) => (schema.$ref ? (named(schema.$ref) as Schema) : schema),
    misfit: (schema, value, direction) => judges[direction](schema, value),
  };
}

function judgeOf(document: Document): (schema: Schema, value: unknown) => string | undefined {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false });
  ajv.addSchema({ components: document.components }, "document");
  const compiled = new Map<string, ReturnType<typeof ajv.compile>>();
  return (schema, value) => {
    const text = JSON.stringify(schema);
    const known = compiled.get(text);
    const check =
      known ?? ajv.compile(JSON.parse(text.replaceAll('"#/components/', '"document#/components/')));
    if (!known) compiled.set(text, check);
    return check(value) ? undefined : ajv.errorsText(check.errors);
  };
}

/** Objects of which nothing says that they are open hold only the fields that are described. */
function closeObjects<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(closeObjects) as Value;
  if (typeof value !== "object" || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, member]) => [key, closeObjects(member)]));
  const isOpen = copy.type !== "object" || !copy.properties || copy.additionalProperties !== undefined;
  return (isOpen ? copy : { ...copy, additionalProperties: false }) as Value;
}
