/** The queue of a real server: steering, carrying, holding, discarding, and what a kill -9 leaves of it. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { calls, reply, silence, text } from "@dispatch/provider-openai/testing";
import type { DispatchEvent, Message, QueueAnswer, QueueState } from "@dispatch/wire";
import { afterEach, expect, it } from "vitest";
import { runDispatch } from "../support/cli.ts";
import { openSocket } from "../support/socket.ts";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
afterEach(() => stage.end());

const begin = (message = "go", conversationId = "c") =>
  stage.api.json<{ turnId: string }>(
    "POST",
    "/chat",
    { message, conversationId, cwd: stage.cwd },
    { prefer: "respond-async" },
  );
const offer = (body: Record<string, unknown>, key?: string, id = "c") =>
  stage.api.json<QueueAnswer & { code?: string; detail?: string }>(
    "POST",
    `/conversations/${id}/queue`,
    body,
    key === undefined ? {} : { "idempotency-key": key },
  );
const queue = (id = "c") => stage.api.json<QueueState>("GET", `/conversations/${id}/queue`);
const row = (id = "c") =>
  stage.api.json<{ status: string; runningTurnId?: string }>("GET", `/conversations/${id}`);

/** Waits until nothing runs any more, also what the queue opens. */
async function idle(id = "c"): Promise<void> {
  do await stage.api.json("GET", `/conversations/${id}/last`);
  while ((await row(id)).runningTurnId !== undefined);
}

/** What the model was told by users, in the request of this number. */
const said = (request: number): string[] =>
  (stage.provider.requests[request]?.body.messages ?? []).flatMap(({ role, content }) =>
    role === "user" ? [typeof content === "string" ? content : JSON.stringify(content)] : [],
  );
const rolesOf = (request: number): string[] =>
  (stage.provider.requests[request]?.body.messages ?? []).map(({ role }) => role);

/** Two commands that wait until the file is there. */
const twoWaiting = (file: string) =>
  reply(
    calls(
      ...["one", "two"].map((word) => ({
        name: "run_command",
        args: { argv: ["sh", "-c", `while [ ! -e ${file} ]; do sleep 0.02; done; echo ${word}`] },
      })),
    ),
  );

/** Records of a conversation, by a viewer of everything. */
async function recordsOf(id = "c"): Promise<DispatchEvent[]> {
  const device = await openSocket(stage.server);
  await device.ask({ type: "chat.subscribe", conversationId: id, after: "0" });
  const { head } = await stage.api.json<{ head: number }>("GET", `/conversations/${id}/status`);
  await device.until(() => (device.views.get(id)?.seq ?? 0) >= head);
  device.ws.close();
  return device.frames.flatMap(({ events = [] }) => events as DispatchEvent[]);
}

it("a steer during two tools is in the next request behind their results, in the history, and still there after a restart", async () => {
  stage = await setStage();
  stage.provider.script(twoWaiting("go"));
  stage.provider.script(reply(text("Both done.")));
  const { turnId } = await begin();
  const device = await openSocket(stage.server);
  await device.ask({ type: "chat.subscribe", conversationId: "c" });
  await stage.provider.until(({ sent }) => sent[0]?.outcome === "complete");
  const queued = await device.ask({
    type: "chat.queue",
    conversationId: "c",
    message: "and hurry",
    clientMessageId: "mine",
  });
  expect(queued).toMatchObject({ type: "ok", started: false, queued: { clientMessageId: "mine" } });
  expect(await queue()).toMatchObject({ queue: [{ text: "and hurry" }], held: false });
  await writeFile(join(stage.cwd, "go"), "");
  await device.sealed("c");
  expect(rolesOf(1).slice(-4)).toEqual(["assistant", "tool", "tool", "user"]);
  expect(said(1)).toEqual(["go", "and hurry"]);
  const mine = (messages: readonly Message[]) =>
    messages.filter(({ clientMessageId }) => clientMessageId === "mine");
  expect(mine(await stage.api.messages("c"))).toMatchObject([
    { role: "user", turnId, messageId: queued.messageId },
  ]);
  expect(mine(device.views.get("c")?.messages ?? [])).toHaveLength(1);
  device.ws.close();

  await stage.server.stop();
  await stage.restart();
  expect(mine(await stage.api.messages("c"))).toHaveLength(1);
  stage.provider.script(reply(text("Again.")));
  await begin("again");
  await idle();
  expect(said(2)).toEqual(["go", "and hurry", "again"]);
  // Nothing before it changed.
  const [before, after] = [1, 2].map((n) => JSON.stringify(stage.provider.requests[n]?.body.messages));
  expect(after?.startsWith(before?.slice(0, -1) ?? "?")).toBe(true);
  expect(stage.provider.violations()).toEqual([]);
});

it("without a tool steers open the next turn together, a follow-up its own; chat is refused meanwhile", async () => {
  stage = await setStage();
  let answer = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  stage.provider.script(async () => {
    await asked;
    return reply(text("One."));
  });
  stage.provider.script(reply(text("Two.")));
  stage.provider.script(reply(text("Three.")));
  await begin();
  await stage.provider.until(({ requests }) => requests.length === 1);
  await offer({ message: "f", deliver: "followup" });
  await offer({ message: "s1" });
  await offer({ message: "s2" });
  expect(await stage.api.json("POST", "/chat", { message: "x", conversationId: "c" })).toMatchObject({
    code: "conversation-busy",
  });
  answer();
  await idle();
  expect([said(0), said(1), said(2)]).toEqual([["go"], ["go", "s1", "s2"], ["go", "s1", "s2", "f"]]);
  const statuses = (await recordsOf()).flatMap((record) =>
    record.type === "status-changed" ? record.status : [],
  );
  expect(statuses).toEqual(["active", "idle"]);
  expect(stage.provider.violations()).toEqual([]);
});

it("a stop holds the queue over restarts; a close discards it and says so; the 21st is refused", async () => {
  stage = await setStage();
  stage.provider.script(reply(text("hm"), silence()));
  await begin();
  await stage.provider.until(({ sent }) => sent[0]?.text === "hm");
  for (let n = 0; n < 20; n++) await offer({ message: `q${n}` });
  const refused = await stage.api.request("POST", "/conversations/c/queue", { message: "q20" });
  expect(refused.status).toBe(429);
  expect(await refused.json()).toMatchObject({
    code: "queue-full",
    detail: expect.stringContaining("20"),
    fix: expect.any(String),
  });
  await stage.api.json("POST", "/conversations/c/stop", {});
  expect(await queue()).toMatchObject({ held: true });
  await stage.server.kill();
  await stage.restart();
  expect((await queue()).queue).toHaveLength(20);
  expect(await row()).toMatchObject({ status: "idle" });
  expect(stage.provider.requests).toHaveLength(1);
  await stage.api.json("POST", "/conversations/c/close", {});
  expect(await queue()).toEqual({ queue: [], held: false });
  const records = await recordsOf();
  expect(records.find(({ type }) => type === "notice")).toMatchObject({
    text: "20 queued messages were discarded: the conversation was closed.",
  });
  await stage.server.kill();
  await stage.restart();
  expect(await stage.api.json("POST", "/conversations/c/queue/resume", {})).toMatchObject({ started: false });
  expect(await row()).toMatchObject({ status: "closed" });
  expect(stage.provider.requests).toHaveLength(1);
});

it("kill -9 with a queue: the turn is resumed with it, and all of it is delivered once", async () => {
  stage = await setStage();
  stage.provider.script(twoWaiting("never"));
  await begin();
  await stage.provider.until(({ sent }) => sent[0]?.outcome === "complete");
  await offer({ message: "s", clientMessageId: "s" });
  await offer({ message: "f", deliver: "followup", clientMessageId: "f" });
  const taken = await offer({ message: "no", clientMessageId: "no" });
  const removed = () => stage.api.json("DELETE", `/conversations/c/queue/${taken.messageId}`);
  expect(await removed()).toMatchObject({ cancelled: true });
  await stage.server.kill();
  stage.provider.script(twoWaiting("here"));
  stage.provider.script(reply(text("Done.")));
  stage.provider.script(reply(text("And f.")));
  await writeFile(join(stage.cwd, "here"), "");
  await stage.restart();
  await idle();
  expect(await removed()).toMatchObject({ cancelled: false });
  expect(await queue()).toEqual({ queue: [], held: false });
  const users = (await stage.api.messages("c")).filter(({ role }) => role === "user");
  expect(users.map(({ clientMessageId }) => clientMessageId)).toEqual([undefined, "s", "f"]);
  expect(said(3)).toEqual(["go", "s", "f"]);
  expect(stage.provider.violations()).toEqual([]);
});

it("an interrupt takes the running turn's place", async () => {
  stage = await setStage();
  stage.provider.script(reply(text("hm"), silence()));
  stage.provider.script(reply(text("Yes.")));
  await begin();
  await stage.provider.until(({ sent }) => sent[0]?.text === "hm");
  const answer = await offer({ message: "stop that", deliver: "interrupt" }, "key");
  expect(answer).toMatchObject({ started: true, turnId: expect.any(String) });
  await idle();
  expect(await offer({ message: "stop that", deliver: "interrupt" }, "key")).toEqual(answer);
  expect(await stage.api.json("GET", "/conversations/c/last")).toMatchObject({
    text: "Yes.",
    turnId: answer.turnId,
  });
});

it("200 sends at once over both transports, with repeats: as many turns and items as there are keys", async () => {
  stage = await setStage({
    config: {
      extensions: { "message-queue": { settings: { capacity: 1_000 } } },
    },
  });
  stage.provider.respond(reply(text("hm"), silence()));
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  console.log(`queue seed ${seed}`);
  let state = seed;
  const random = (below: number): number => {
    state = (state * 48_271 + 11) % 2_147_483_647;
    return state % below;
  };
  const ids = ["a", "b", "c"];
  for (const id of ids) await stage.api.json("POST", "/conversations", { id, cwd: stage.cwd });
  const keys = Array.from({ length: 70 }, (_, n) => ({ key: `k${n}`, id: ids[random(3)] ?? "a" }));
  const sends = Array.from({ length: 200 }, (_, n) => keys[n < keys.length ? n : random(keys.length)]);
  const devices = await Promise.all([openSocket(stage.server), openSocket(stage.server)]);
  const answers = await Promise.all(
    sends.map(async (send, n): Promise<[string, string]> => {
      const { key, id } = send ?? { key: "", id: "" };
      const body = { message: `text of ${key}`, clientMessageId: key };
      const answer =
        n % 2 === 0
          ? await offer(body, key, id)
          : await devices[random(2)]?.ask({
              type: "chat.queue",
              conversationId: id,
              idempotencyKey: key,
              ...body,
            });
      expect([key, answer?.messageId]).toEqual([key, expect.any(String)]);
      return [key, String(answer?.messageId)];
    }),
  );
  const byKey = new Map<string, Set<string>>();
  for (const [key, messageId] of answers) byKey.set(key, (byKey.get(key) ?? new Set()).add(messageId));
  expect(byKey.size).toBe(70);
  for (const [key, messageIds] of byKey) expect([key, messageIds.size]).toEqual([key, 1]);
  const held = (await Promise.all(ids.map((id) => queue(id)))).flatMap((each) => each.queue);
  const delivered = (await Promise.all(ids.map((id) => stage.api.messages(id))))
    .flat()
    .filter(({ role }) => role === "user");
  const stored = [...held, ...delivered].map(({ clientMessageId }) => clientMessageId);
  expect(stored.sort()).toEqual(keys.map(({ key }) => key).sort());
  for (const { ws } of devices) ws.close();
});

it("beyond its capacity each key is refused as such, and refused keys are nowhere", async () => {
  stage = await setStage();
  stage.provider.respond(reply(text("hm"), silence()));
  await begin();
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, (_, n) => offer({ message: `m${n}`, clientMessageId: `m${n}` }, `k${n}`)),
  );
  expect(outcomes.filter(({ code }) => code === "queue-full")).toHaveLength(30);
  const taken = outcomes.flatMap(({ queued }) => (queued ? [queued.clientMessageId] : []));
  expect((await queue()).queue.map(({ clientMessageId }) => clientMessageId).sort()).toEqual(taken.sort());
  expect(taken).toHaveLength(20);
});

it("the commands and the surface say and do the same", async () => {
  stage = await setStage();
  stage.provider.script(reply(text("hm"), silence()));
  stage.provider.script(reply(text("Yes.")));
  await begin("go", "conv-1");
  await stage.provider.until(({ sent }) => sent[0]?.text === "hm");
  const dispatch = (...args: string[]) => runDispatch(args, { home: stage.cwd, dataDir: stage.dataDir });
  const device = await openSocket(stage.server);
  const watched = { surface: "queue", conversationId: "conv-1" };
  expect(await device.ask({ type: "surface.subscribe", ...watched })).toMatchObject({ type: "ok" });

  expect(await dispatch("send", "conv", "and", "this")).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^It waits as \S+, alone\.\n$/),
  });
  const sent = await dispatch("send", "conv", "later", "--followup", "--json");
  const { messageId } = JSON.parse(sent.out) as QueueAnswer;
  const listed = await dispatch("queue", "conv");
  expect(listed.out).toMatch(/^\S+ {2}steer {6}and this\n\S+ {2}followup {3}later\n$/);
  await device.until((frame) => frame.type === "surface.update" && JSON.stringify(frame).includes("later"));

  expect(await dispatch("cancel", "conv", messageId)).toMatchObject({ code: 0, out: "Taken back.\n" });
  expect((await dispatch("cancel", "conv", messageId)).out).toBe("Nothing with this id waits.\n");
  await stage.api.json("POST", "/conversations/conv-1/stop", {});
  await device.until((frame) => frame.type === "surface.update" && JSON.stringify(frame).includes('"held"'));
  expect((await dispatch("queue", "conv")).out).toMatch(/^Held until the next message/);
  expect(await device.ask({ type: "surface.invoke", ...watched, action: "resume" })).toMatchObject({
    type: "ok",
  });
  await idle("conv-1");
  expect(said(1)).toEqual(["go", "and this"]);
  expect((await dispatch("queue", "conv")).out).toBe("Nothing waits.\n");
  expect((await dispatch("send", "conv", "x", "--followup", "--interrupt")).code).not.toBe(0);
  expect((await dispatch("--help")).out).toMatch(/ send .* say something to a conversation/);
  device.ws.close();
});
