/**
 * Every operation that the document says to be idempotent is: the same key gives the same answer, another body is refused. The
 * table must name each of them, so that a new one cannot be forgotten.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
  stage.provider.respond({ steps: [{ text: "fine" }] });
  await stage.api.chat({ message: "go", conversationId: "c", cwd: stage.cwd });
  await stage.api.chat({ message: "go", conversationId: "d", cwd: stage.cwd });
});
afterAll(() => stage.end());

interface Case {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  /** Another body, or another conversation, under the same key. */
  readonly other: { readonly path?: string; readonly body: unknown };
}

const post = (path: string, body: unknown, other: Case["other"]): Case => ({
  method: "POST",
  path,
  body,
  other,
});
const on = (verb: string, body: unknown = {}): Case =>
  post(`/conversations/c/${verb}`, body, { path: `/conversations/d/${verb}`, body });

const table: Readonly<Record<string, Case>> = {
  chat: post(
    "/chat",
    { message: "a", conversationId: "new" },
    { body: { message: "b", conversationId: "new" } },
  ),
  "chat.warm": post("/chat/warm", { conversationId: "c" }, { body: { conversationId: "d" } }),
  "conversations.create": post("/conversations", { title: "a" }, { body: { title: "b" } }),
  "conversations.patch": {
    method: "PATCH",
    path: "/conversations/c",
    body: { title: "a" },
    other: { body: { title: "b" } },
  },
  "conversations.compact": on("compact", { keepTokens: 0 }),
  "conversations.compact.undo": on("compact/undo"),
  "conversations.reset": on("reset"),
  "conversations.stop": on("stop"),
  "conversations.close": on("close"),
};
/** Tested beside their code: they need a document, an extension, a surface, a running turn; one is per setting. */
const elsewhere =
  /^(conversations\.import|commands\.run|surfaces?\.\S+|queue\.\S+|conversations\.queue\S*|conversations\.[\w-]+\.(set|clear)|approvals\.\S+)$/;

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string }[];
}

it("the table names every operation with an Idempotency-Key", async () => {
  const { paths } = await stage.api.json<{ paths: Record<string, Record<string, Operation>> }>(
    "GET",
    "/openapi.json",
  );
  const keyed = Object.values(paths)
    .flatMap((methods) => Object.values(methods))
    .filter(({ parameters = [] }) => parameters.some(({ name }) => name.toLowerCase() === "idempotency-key"))
    .map(({ operationId }) => operationId);
  expect(keyed.filter((id) => !elsewhere.test(id)).sort()).toEqual(Object.keys(table).sort());
});

it.each(Object.entries(table))(
  "%s: the same answer for the same key, 409 for another body",
  async (operation, each) => {
    const { method, path, body, other } = each;
    const headers = { "idempotency-key": `key-${operation}`, prefer: "respond-async" };
    const first = await stage.api.request(method, path, body, headers);
    expect(first.status).toBeLessThan(300);
    const answer = await first.json();
    if (operation === "chat") await stage.api.json("GET", "/conversations/new/last");
    const again = await stage.api.request(method, path, body, headers);
    expect([again.status, await again.json()]).toEqual([first.status, answer]);
    const refused = await stage.api.request(method, other.path ?? path, other.body, headers);
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
      409,
      "idempotency-mismatch",
    ]);
  },
);

it("a stop that is repeated late does not stop the next turn; over a restart neither", async () => {
  const headers = { "idempotency-key": "late" };
  const stop = () => stage.api.json("POST", "/conversations/e/stop", {}, headers);
  stage.provider.script({ steps: [{ text: "hm " }, { silenceMs: 0 }] });
  const begin = () =>
    stage.api.request(
      "POST",
      "/chat",
      { message: "go", conversationId: "e", cwd: stage.cwd },
      { prefer: "respond-async" },
    );
  await begin();
  const first = await stop();
  expect(first).toMatchObject({ aborted: true });
  await stage.server.kill();
  await stage.restart();
  stage.provider.script({ steps: [{ text: "hm " }, { silenceMs: 0 }] });
  await begin();
  expect(await stop()).toEqual(first);
  expect(await stage.api.json("GET", "/conversations/e")).toMatchObject({ status: "active" });
});
