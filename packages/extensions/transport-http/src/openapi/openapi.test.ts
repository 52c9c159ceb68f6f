import { type Dispose, defineExtension, defineManifest } from "@dispatch/kernel";
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterEach, expect, test } from "vitest";
import * as z from "zod";
import { startTransport, type TestTransport } from "../../test/start-transport.ts";
import { defineRoute, type RouteDefinition, routes } from "../ports.ts";
import { operations } from "../routes/operations.ts";
import { openApiDocument } from "./document.ts";

let transport: TestTransport | undefined;
afterEach(async () => {
  await transport?.stop();
  transport = undefined;
});

interface Operation {
  operationId: string;
  security?: unknown;
  parameters?: { name: string; in: string; required: boolean; schema: unknown }[];
  requestBody?: { required: boolean; content: Record<string, { schema: unknown }> };
  responses: Record<string, unknown>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown>; responses: Record<string, unknown> };
}
const operationsOf = ({ paths }: Document) =>
  Object.values(paths).flatMap((methods) => Object.values(methods));
const validityOf = async (document: unknown) =>
  new Validator().validate(structuredClone(document) as Record<string, unknown>);

test("the document is valid OpenAPI 3.1 and has every operation once", async () => {
  transport = await startTransport();
  const response = await transport.fetch("/openapi.json");
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json"]);
  const document = (await response.json()) as Document;
  expect(await validityOf(document)).toMatchObject({ valid: true });
  expect(
    operationsOf(document)
      .map(({ operationId }) => operationId)
      .sort(),
  ).toEqual([...operations].sort());
  // Nothing is referred to that is not there, and nothing is there that is not referred to.
  const named = [...JSON.stringify(document).matchAll(/"#\/components\/(\w+)\/([^"]+)"/g)];
  const referred = new Set(named.map(([, kind, name]) => `${kind}/${name}`));
  const present = (["schemas", "responses"] as const).flatMap((kind) =>
    Object.keys(document.components[kind]).map((name) => `${kind}/${name}`),
  );
  expect([...referred].sort()).toEqual(present.sort());
});

test("parameters say what their values mean, and each operation what it needs", async () => {
  transport = await startTransport();
  const { paths } = (await (await transport.fetch("/openapi.json")).json()) as Document;
  const list = paths["/conversations"]?.get;
  const parameter = (operation: Operation | undefined, name: string) =>
    operation?.parameters?.find((each) => each.name === name);
  expect(parameter(list, "limit")).toEqual({
    name: "limit",
    in: "query",
    required: false,
    schema: { type: "integer", minimum: 1, maximum: 1000 },
  });
  expect(parameter(list, "status")).toMatchObject({
    style: "form",
    explode: false,
    schema: { type: "array", items: { $ref: "#/components/schemas/ConversationStatus" } },
  });
  expect(parameter(paths["/conversations/{id}"]?.get, "id")).toMatchObject({ in: "path", required: true });
  const patch = paths["/conversations/{id}"]?.patch;
  expect(patch?.parameters?.map(({ name }) => name)).toEqual(["id", "Idempotency-Key", "If-Match"]);
  expect(paths["/chat"]?.post?.requestBody?.required).toBe(true);
  expect(paths["/conversations"]?.post?.requestBody?.required).toBe(false);
  expect(paths["/health"]?.get?.security).toEqual([{}, { bearer: [] }]);
  expect(Object.keys(paths["/health"]?.get?.responses ?? {})).not.toContain("401");
  expect(Object.keys(patch?.responses ?? {})).toEqual(
    expect.arrayContaining(["200", "400", "401", "403", "404", "409", "412", "413", "415", "429", "503"]),
  );
});

test("the document needs the token", async () => {
  transport = await startTransport();
  expect((await fetch(`${transport.url}/openapi.json`)).status).toBe(401);
});

const route = (operation: string, body: z.ZodType, answer: z.ZodType): RouteDefinition =>
  defineRoute({
    method: "POST",
    path: `/ext/guest/${operation}`,
    operation,
    scope: "write",
    summary: "Greets.",
    body,
    responses: { 200: answer },
    handle: async () => ({ json: {} }),
  });

test("routes of other extensions are in it as soon as they are there, and gone with them", async () => {
  const manifest = defineManifest({
    id: "guest",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    dependsOn: { "transport-http": "*" },
    capabilities: ["routes"],
    contributes: { points: { "transport-http/routes": ["greet"] } },
  });
  const greet = route("greet", z.strictObject({ name: z.string() }), z.object({ text: z.string() }));
  let withdraw: Dispose = () => {};
  const guest = defineExtension(manifest, (host) => {
    withdraw = host.contribute(routes, "greet", greet);
  });
  transport = await startTransport({ extensions: [guest] });
  const running = transport;
  const read = async () => (await (await running.fetch("/openapi.json")).json()) as Document;
  const document = await read();
  expect(document.paths["/ext/guest/greet"]?.post?.operationId).toBe("greet");
  expect(await validityOf(document)).toMatchObject({ valid: true });
  await withdraw();
  expect((await read()).paths["/ext/guest/greet"]).toBeUndefined();
});

test("different schemas under one id get names of their own; what cannot be described is left open", async () => {
  const item = () => z.object({ a: z.string() }).meta({ id: "Thing" });
  const other = z.object({ b: z.object({ c: item() }) }).meta({ id: "Thing2" });
  const tree: z.ZodType = z.lazy(() => z.object({ children: z.array(tree) })).meta({ id: "Tree" });
  const document = openApiDocument(
    [
      route("one", item(), other),
      route("two", z.strictObject({ b: z.int() }).meta({ id: "Thing" }), tree),
      route("three", z.object({ at: z.date(), size: z.bigint() }), {} as z.ZodType),
    ],
    "1.0.0",
  );
  expect(await validityOf(document)).toMatchObject({ valid: true });
  const { schemas } = document.components as unknown as Document["components"];
  expect(Object.keys(schemas).sort()).toEqual(["Problem", "Thing", "Thing2", "ThingInput", "Tree"]);
  expect(document.paths["/ext/guest/two"]).toMatchObject({
    post: {
      requestBody: {
        content: { "application/json": { schema: { $ref: "#/components/schemas/ThingInput" } } },
      },
    },
  });
});
