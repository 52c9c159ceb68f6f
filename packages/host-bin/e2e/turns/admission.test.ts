/** Admission: one turn however many ask at once, and repeats under an Idempotency-Key are the same turn, over restarts too. */
import { reply, text } from "@dispatch/provider-openai/testing";
import type { Message, StreamLine } from "@dispatch/wire";
import { afterAll, beforeAll, expect, it } from "vitest";
import { collect, ndjson } from "../support/api.ts";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.end());

const slowly = () => reply(text("slowly ".repeat(20), { chunks: 20, everyMs: 10 }));

it("starts one turn out of 20 at once; the 19 others are told which", async () => {
  stage.provider.script(slowly());
  const responses = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      stage.api.request("POST", "/chat", { message: `m${n}`, conversationId: "one", cwd: stage.cwd }),
    ),
  );
  const turnId = responses.find(({ status }) => status === 200)?.headers.get("x-turn-id");
  const bodies = await Promise.all(
    responses.map(async (response) =>
      response.status === 200 ? collect(ndjson(response)) : response.json(),
    ),
  );
  expect(responses.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(409)]);
  for (const [index, response] of responses.entries()) {
    if (response.status === 409) expect(bodies[index]).toMatchObject({ code: "conversation-busy", turnId });
  }
  expect(stage.provider.requests).toHaveLength(1);
  expect((await stage.api.messages("one")).map(({ role }) => role)).toEqual(["user", "assistant"]);
});

it("gives repeats under one key the same ids and the same events, in parallel and after a restart", async () => {
  const before = stage.provider.requests.length;
  stage.provider.script(slowly());
  const key = { "idempotency-key": "k1" };
  const body = { message: "once", cwd: stage.cwd };
  const runs = await Promise.all(Array.from({ length: 8 }, () => stage.api.chat(body, key)));
  const merged = (lines: readonly StreamLine[]) =>
    lines
      .filter(({ event }) => "seq" in event)
      .map(({ event: { ...event } }) => {
        if (event.type === "text") return { type: event.type, seq: event.seq };
        return event;
      });
  for (const lines of runs) expect(merged(lines)).toEqual(merged(runs[0] ?? []));
  const late = await stage.api.chat(body, key);
  expect(merged(late)).toEqual(merged(runs[0] ?? []));
  await stage.server.stop();
  await stage.restart();
  expect(merged(await stage.api.chat(body, key))).toEqual(merged(runs[0] ?? []));
  expect(stage.provider.requests.length).toBe(before + 1);

  const other = await stage.api.request("POST", "/chat", { ...body, message: "another" }, key);
  expect(other.status).toBe(409);
  expect(await other.json()).toMatchObject({ code: "idempotency-mismatch" });
});

it("stores only successes under a key", async () => {
  const key = { "idempotency-key": "k2" };
  const refused = await stage.api.request("POST", "/chat", { message: "x", model: "nothing/there" }, key);
  expect(refused.status).toBe(400);
  stage.provider.script(reply(text("well")));
  const lines = await stage.api.chat({ message: "x", cwd: stage.cwd }, key);
  expect(lines.at(-1)?.event.type).toBe("turn-sealed");
});

it("keeps turns of different conversations apart when they run at once", async () => {
  const ids = Array.from({ length: 12 }, (_, n) => `par${n}`);
  stage.provider.respond(({ body }) =>
    reply(text(`answer to ${String(body.messages.at(-1)?.content)}`, { chunks: 10, everyMs: 1 })),
  );
  await Promise.all(ids.map((id) => stage.api.chat({ message: id, conversationId: id, cwd: stage.cwd })));
  for (const id of ids) {
    const messages: Message[] = await stage.api.messages(id);
    expect(messages.map(({ chunks }) => chunks)).toEqual([
      [{ type: "text", text: id }],
      [{ type: "text", text: `answer to ${id}` }],
    ]);
  }
});
