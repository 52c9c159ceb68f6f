// What the server says of itself is held against what it does: requests are made from its OpenAPI document, and each answer
// must be one that the document describes. FUZZ=20000 for a long run, FUZZ_SEED to repeat one.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorTable, type Problem } from "@dispatch/wire";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Api, apiOf, collect, ndjson, sse } from "../support/api.ts";
import { type Description, readDescription } from "../support/openapi-document.ts";
import { type FuzzRequest, requestsTo, type Vocabulary } from "../support/openapi-requests.ts";
import { type ServerProcess, startServer, tempFolder } from "../support/server.ts";

const most = Number(process.env.FUZZ ?? 400);
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const pool = ["fuzz-a", "fuzz-b", "fuzz-c"];

let folder: Awaited<ReturnType<typeof tempFolder>>;
let server: ServerProcess;
let api: Api;
let description: Description;
let words: Vocabulary;

beforeAll(async () => {
  folder = await tempFolder("openapi");
  const [dataDir, cwd, config] = ["data", "work", "config.json"].map((name) => join(folder.path, name)) as [
    string,
    string,
    string,
  ];
  await mkdir(dataDir);
  await mkdir(cwd);
  const unlimited = { settings: { requestsPer10Seconds: 10_000_000 } };
  const extensions = { "transport-http": unlimited, credentials: { settings: { detectOllama: false } } };
  await writeFile(config, JSON.stringify({ extensions }));
  server = await startServer({ dataDir, args: ["--config", config] });
  api = apiOf(server);
  description = readDescription(await api.json("GET", "/openapi.json"));
  const conversation = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...pool) },
    { weight: 1, arbitrary: fc.constant("nobody") },
  );
  words = {
    id: conversation,
    conversationId: conversation,
    parentId: conversation,
    model: fc.constantFrom("offline", "offline/none", "nobody/nothing"),
    cwd: fc.constantFrom(cwd, "/no/such/folder", "relative"),
    "Idempotency-Key": fc.constantFrom("k1", "k2", "a key"),
    "If-Match": fc.constantFrom('"1"', '"999"', "*", "1", '"one"'),
    Accept: fc.constantFrom("text/event-stream", "application/x-ndjson", "*/*"),
    Prefer: fc.constantFrom("respond-async", "return=minimal"),
    "Last-Event-ID": fc.constantFrom("0", "nonsense"),
    timeoutMs: fc.constantFrom(1, 50, 2_000),
  };
});
afterAll(async () => {
  await server.kill();
  await folder.remove();
});

it("describes every operation under an id of its own", () => {
  const ids = description.operations.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(expect.arrayContaining(["chat", "conversations.delete", "openapi", "health"]));
});

it(`answers as it says, ${most} times`, { timeout: 60_000 + most * 50 }, async () => {
  console.log(`FUZZ=${most} FUZZ_SEED=${seed}`);
  const rounds = Math.ceil(most / description.operations.length);
  const requests = description.operations.map((operation, index) =>
    fc.sample(requestsTo(operation, description, words), { numRuns: rounds, seed: seed + index }),
  );
  const wrong: string[] = [];
  const met = new Map<number, number>();
  for (let round = 0; round < rounds && wrong.length < 10; round++) {
    for (const id of pool) await api.request("POST", "/conversations", { id }).then((made) => made.text());
    for (const request of requests.flatMap((each) => each[round] ?? [])) {
      const { status, fault } = await ask(request).catch((error: unknown) => ({
        status: 0,
        fault: String(error),
      }));
      met.set(status, (met.get(status) ?? 0) + 1);
      if (fault === undefined) continue;
      const { operation, target, headers, body, raw } = request;
      const sent = JSON.stringify({ headers, body, raw }).slice(0, 600);
      wrong.push(`${operation.method} ${target.slice(0, 300)} ${sent}\n  → ${status}: ${fault}`);
    }
  }
  console.log(Object.fromEntries([...met].sort(([a], [b]) => a - b)));
  expect(wrong, `FUZZ_SEED=${seed}`).toEqual([]);
  expect(server.child.exitCode).toBeNull();
  expect(await api.json("GET", "/health")).toMatchObject({ status: "ok" });
  expect(met.get(200) ?? 0).toBeGreaterThan(most / 5);
  expect(met.get(400) ?? 0).toBeGreaterThan(most / 20);
});

/** Sends it and gives what is wrong with the answer. */
async function ask(request: FuzzRequest): Promise<{ status: number; fault?: string | undefined }> {
  const { operation, target, headers, body, raw } = request;
  const over = new AbortController();
  const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(server.url + target, {
    method: operation.method,
    headers: {
      ...headers,
      authorization: `Bearer ${server.token}`,
      ...(sent === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(sent === undefined ? {} : { body: sent }),
    signal: AbortSignal.any([over.signal, AbortSignal.timeout(20_000)]),
  });
  const { status } = response;
  const type = response.headers.get("content-type") ?? "";
  const schemas = operation.responses.get(status);
  if (!schemas) return { status, fault: `not documented: ${await response.text()}` };
  if (status >= 500 && status !== 501 && status !== 503) return { status, fault: await response.text() };
  if (!schemas.has(type.split(";", 1)[0] ?? "") && !schemas.has(type))
    return { status, fault: `the type ${type} is not documented` };
  if (status >= 400) return { status, fault: problemFault(request, (await response.json()) as Problem) };
  if (request.kind === "mutated" && isSurelyWrong(request))
    return { status, fault: "should have been refused" };
  const schema = schemas.get(type.split(";", 1)[0] ?? "");
  if (!schema) return { status, fault: (await response.text()) === "" ? "nothing came" : undefined };
  const misfit = (value: unknown) => description.misfit(schema, value, "output");
  if (type === "application/json") return { status, fault: misfit(await response.json()) };
  if (type === "application/x-ndjson")
    return { status, fault: (await collect(ndjson(response))).map(misfit).find(Boolean) };
  // Live views do not end by themselves; a turn's does, but its events are checked in the other format.
  for await (const { data } of sse(response)) {
    over.abort();
    return { status, fault: operation.operationId === "chat" ? undefined : misfit(data) };
  }
  return { status, fault: "the stream ended without an event" };
}

/** By the document's own schema: what it does not allow must not be taken. */
const isSurelyWrong = ({ operation, body, raw }: FuzzRequest): boolean => {
  if (!operation.body || (raw === undefined && body === undefined) || raw === "") return false;
  let value = body;
  try {
    if (raw !== undefined) value = JSON.parse(raw);
  } catch {
    return true;
  }
  return description.misfit(operation.body, value, "input") !== undefined;
};

/** What a schema of single parameters cannot tell: a rule over two of them, a value that the server gave out before. */
const ruled = new Set([
  "conversations.messages before",
  "conversations.resolve prefix",
  "conversations.list cursor",
  "conversations.children cursor",
]);
const leaks = /\n\s+at |node_modules|file:\/\/|\.ts:\d+/;

function problemFault(request: FuzzRequest, problem: Problem): string | undefined {
  const { operation, kind } = request;
  const text = JSON.stringify(problem);
  const schema = operation.responses.get(problem.status)?.get("application/problem+json");
  if (!schema) return `no schema for ${text}`;
  const misfit = description.misfit(schema, problem, "output");
  if (misfit !== undefined) return `${misfit}: ${text}`;
  if (!Object.hasOwn(errorTable, problem.code)) return `unknown code: ${text}`;
  if (leaks.test(text) || text.includes(server.token)) return `tells too much: ${text}`;
  // Without `errors` it is not the schema that refuses, but what the values mean on this server.
  const unruled = problem.errors?.some(({ path }) => !ruled.has(`${operation.operationId} ${path}`));
  if (kind === "valid" && problem.code === "invalid-request" && unruled)
    return `what the document allows was refused: ${text}`;
  return undefined;
}
