/** What becomes of messages that come while a turn runs, through the real orchestrator. */
import { expectNoLeaks, type ScriptStep, textReply, toolCallReply } from "@dispatch/kernel/testing";
import { afterEach, describe, expect, it } from "vitest";
import { call, openRig, type Rig, textsOf, typesOf, until, untilIdle } from "./fixtures/rig.ts";

let rigs: Rig[] = [];
afterEach(async () => {
  for (const { host } of rigs) {
    await host.stop();
    expectNoLeaks(host);
  }
  rigs = [];
});
const open = async (...args: Parameters<typeof openRig>): Promise<Rig> => {
  const rig = await openRig(...args);
  rigs.push(rig);
  return rig;
};
/** An answer that takes a second. */
const slow = (text: string): ScriptStep[] => [{ wait: 1_000 }, ...textReply(text)];
const [waitCall, finish] = toolCallReply("wait", {}) as [ScriptStep, ScriptStep];
const twoCalls: ScriptStep[] = [waitCall, waitCall, finish];

describe("a steer during a step with two tools", () => {
  it("is in the next request after the results, in the history with its client's id, and still there in the next turn", async () => {
    const rig = await open([twoCalls, textReply("Both."), textReply("Next.")]);
    const { sessions, queues, clock, waiting } = rig;
    const sent = await sessions.send({ message: "go", conversationId: "c" }, call);
    await clock.settle();
    const attachments = [{ attachmentId: "img", mimeType: "image/png" }];
    const queued = await queues.offer(
      "c",
      { message: "and hurry", clientMessageId: "mine", attachments },
      call,
    );
    expect(queued).toMatchObject({
      started: false,
      queued: { text: "and hurry", clientMessageId: "mine", deliver: "steer", attachments },
      queue: [{ messageId: queued.messageId }],
      held: false,
    });
    waiting[1]?.("two");
    await clock.settle();
    expect(rig.provider.requests).toHaveLength(1);
    waiting[0]?.("one");
    await clock.settle();
    expect(textsOf(rig, 1)?.[0]).toEqual(["user", "go"]);
    expect(textsOf(rig, 1)?.slice(2)).toEqual([
      ["tool", "one", "two"],
      ["user", "and hurry", "image"],
    ]);
    const records = await rig.records();
    const at = records.findIndex(({ type }) => type === "steering");
    expect(typesOf(records.slice(at - 1, at + 2))).toEqual(["step-complete", "steering", "queue-changed"]);
    expect(records[at]).toMatchObject({
      turnId: sent.turnId,
      messages: [{ clientMessageId: "mine", attachments }],
    });
    expect(records[at + 1]).toMatchObject({
      queue: [],
      change: { kind: "delivered", messageIds: [queued.messageId] },
    });
    const { items } = await sessions.messages("c", {});
    expect(items.find(({ messageId }) => messageId === queued.messageId)).toMatchObject({
      role: "user",
      turnId: sent.turnId,
      clientMessageId: "mine",
    });
    await sessions.handleMessage({ message: "again", conversationId: "c" }, call);
    const [first, second, third] = rig.provider.requests;
    for (const [before, after] of [[first, second] as const, [second, third] as const]) {
      const prefix = JSON.stringify(before?.messages).slice(0, -1);
      expect(JSON.stringify(after?.messages).slice(0, prefix.length)).toBe(prefix);
      expect([after?.system, after?.tools]).toEqual([before?.system, before?.tools]);
    }
  });

  it("that was taken back in time is not delivered", async () => {
    const rig = await open([toolCallReply("wait", {}), textReply("Done.")]);
    await rig.sessions.send({ message: "go", conversationId: "c" }, call);
    await rig.clock.settle();
    const { messageId } = await rig.queues.offer("c", { message: "no" }, call);
    expect(await rig.queues.cancel("c", messageId, call)).toEqual({
      cancelled: true,
      queue: [],
      held: false,
    });
    expect(await rig.queues.cancel("c", messageId, call)).toMatchObject({ cancelled: false });
    rig.waiting[0]?.("one");
    await rig.clock.settle();
    expect(await rig.sessions.last("c", { timeoutMs: 1 })).toMatchObject({ text: "Done." });
    expect(typesOf(await rig.records())).not.toContain("steering");
  });
});

describe("when no tool follows", () => {
  it("steers open one next turn together, each follow-up its own, and no idle is seen in between", async () => {
    const rig = await open([slow("One."), slow("Two."), slow("Three."), slow("Four.")]);
    const { sessions, queues, clock } = rig;
    await sessions.send({ message: "go", conversationId: "c" }, call);
    await clock.settle();
    await queues.offer("c", { message: "f1", deliver: "followup" }, call);
    const steer = await queues.offer("c", { message: "s1", clientMessageId: "k" }, call);
    await queues.offer("c", { message: "s2" }, call);
    await queues.offer("c", { message: "f2", deliver: "followup" }, call);
    await until(rig, () => rig.provider.requests.length === 2);
    expect(textsOf(rig, 1)?.slice(2)).toEqual([
      ["user", "s1"],
      ["user", "s2"],
    ]);
    expect(await sessions.status("c")).toMatchObject({ status: "active" });
    await expect(sessions.send({ message: "x", conversationId: "c" }, call)).rejects.toMatchObject({
      code: "conversation-busy",
    });
    await untilIdle(rig);
    expect(textsOf(rig, 2)?.slice(5)).toEqual([["user", "f1"]]);
    expect(textsOf(rig, 3)?.slice(7)).toEqual([["user", "f2"]]);
    const records = await rig.records();
    const seal = records.findIndex(({ type }) => type === "turn-sealed");
    expect(typesOf(records.slice(seal - 1, seal + 5))).toEqual([
      "done",
      "turn-sealed",
      "queue-changed",
      "user-message",
      "user-message",
      "turn-start",
    ]);
    expect(records[seal + 2]).toMatchObject({ messageId: steer.messageId, clientMessageId: "k" });
    const statuses = records.flatMap((record) => (record.type === "status-changed" ? record.status : []));
    expect(statuses).toEqual(["active", "idle"]);
    expect(await queues.list("c")).toEqual({ queue: [], held: false });
  });

  it("an idle conversation is asked at once", async () => {
    const rig = await open([textReply("One.")]);
    const offered = await rig.queues.offer("c", { message: "go", clientMessageId: "k" }, call);
    expect(offered).toMatchObject({ started: true, queue: [], held: false });
    expect(offered).not.toHaveProperty("queued");
    await rig.clock.settle();
    expect(await rig.sessions.last("c", { timeoutMs: 1 })).toMatchObject({
      text: "One.",
      turnId: offered.turnId,
    });
  });

  it("waiting for a turn's end does not wait for what the queue opens next", async () => {
    const rig = await open([slow("One."), slow("Two.")]);
    const sent = await rig.sessions.send({ message: "go", conversationId: "c" }, call);
    await rig.clock.settle();
    await rig.queues.offer("c", { message: "more" }, call);
    const last = rig.sessions.last("c", { timeoutMs: 60_000 });
    await until(rig, () => rig.provider.requests.length === 2);
    expect(await last).toMatchObject({ text: "One.", turnId: sent.turnId, reason: "completed" });
    expect(await rig.sessions.status("c")).toMatchObject({ status: "active" });
  });
});

describe("after any other end", () => {
  const stuck: ScriptStep[] = [{ type: "text", text: "Hm" }, { silence: true }];
  const held = async (...replies: ScriptStep[][]) => {
    const rig = await open([stuck, ...replies]);
    await rig.sessions.send({ message: "go", conversationId: "c" }, call);
    await rig.clock.settle();
    await rig.queues.offer("c", { message: "q1" }, call);
    await rig.queues.offer("c", { message: "q2", deliver: "followup" }, call);
    await rig.sessions.stop("c");
    await rig.clock.advance(60_000);
    expect(await rig.queues.list("c")).toMatchObject({ held: true, queue: [{ text: "q1" }, { text: "q2" }] });
    expect(await rig.sessions.status("c")).toMatchObject({ status: "idle" });
    expect(rig.provider.requests).toHaveLength(1);
    return rig;
  };

  it("what waits is held until the next user message, which goes first", async () => {
    const rig = await held(slow("1"), slow("2"), slow("3"));
    await rig.sessions.send({ message: "new", conversationId: "c" }, call);
    await untilIdle(rig);
    const said = textsOf(rig, 3)?.flatMap(([role, text]) => (role === "user" ? [text] : []));
    expect(said).toEqual(["go", "new", "q1", "q2"]);
    expect(await rig.queues.list("c")).toEqual({ queue: [], held: false });
  });

  it("also when that message is offered to the queue", async () => {
    const rig = await held(slow("1"), slow("2"), slow("3"));
    expect(await rig.queues.offer("c", { message: "new", deliver: "followup" }, call)).toMatchObject({
      started: true,
      held: false,
      queue: [{ text: "q1" }, { text: "q2" }],
    });
    await untilIdle(rig);
    expect(textsOf(rig, 3)?.flatMap(([role, text]) => (role === "user" ? [text] : []))).toEqual([
      "go",
      "new",
      "q1",
      "q2",
    ]);
  });

  it("or until it is resumed", async () => {
    const rig = await held(slow("1"), slow("2"));
    expect(await rig.queues.resume("c", call)).toMatchObject({
      started: true,
      held: false,
      queue: [{ text: "q2" }],
    });
    expect(await rig.queues.resume("c", call)).toMatchObject({ started: false });
    await untilIdle(rig);
    expect(textsOf(rig, 2)?.flatMap(([role, text]) => (role === "user" ? [text] : []))).toEqual([
      "go",
      "q1",
      "q2",
    ]);
    expect(await rig.queues.resume("c", call)).toEqual({ started: false, queue: [], held: false });
  });

  it.each(["close", "reset"] as const)(
    "%s discards it and says so; nothing comes back by itself",
    async (end) => {
      const rig = await held();
      await rig.sessions[end]("c");
      const records = await rig.records();
      expect(records).toContainEqual(
        expect.objectContaining({
          type: "queue-changed",
          queue: [],
          held: false,
          change: expect.objectContaining({ kind: "discarded" }),
        }),
      );
      expect(records).toContainEqual(
        expect.objectContaining({
          type: "notice",
          text: expect.stringContaining("2 queued messages were discarded"),
        }),
      );
      expect(await rig.queues.resume("c", call)).toMatchObject({ started: false });
      await rig.clock.advance(60_000);
      expect(rig.provider.requests).toHaveLength(1);
    },
  );

  it("close in the middle of a turn: sealed, closed and discarded in one write", async () => {
    const rig = await open([stuck]);
    await rig.sessions.send({ message: "go", conversationId: "c" }, call);
    await rig.clock.settle();
    await rig.queues.offer("c", { message: "q1" }, call);
    expect(await rig.sessions.close("c")).toMatchObject({ status: "closed" });
    expect(typesOf(await rig.records()).slice(-5)).toEqual([
      "done",
      "status-changed",
      "queue-changed",
      "notice",
      "turn-sealed",
    ]);
    await rig.clock.advance(60_000);
    expect(await rig.sessions.status("c")).toMatchObject({ status: "closed" });
  });

  it("a next turn that cannot begin holds the queue and says why", async () => {
    const rig = await open([slow("1")]);
    await rig.sessions.send({ message: "go", conversationId: "c" }, call);
    await rig.clock.settle();
    await rig.queues.offer("c", { message: "q1" }, call);
    await rig.sessions.patch("c", { title: "t" }, call);
    await rig.sessions.patch("c", { settings: { maxCostUsd: 1 } }, call);
    await untilIdle(rig);
    expect(await rig.queues.list("c")).toMatchObject({ held: true, queue: [{ text: "q1" }] });
    expect(await rig.records()).toContainEqual(
      expect.objectContaining({ type: "notice", text: expect.stringContaining("There is no price") }),
    );
  });
});

it("the 21st is refused with the reason", async () => {
  const rig = await open([[{ silence: true }]]);
  await rig.sessions.send({ message: "go", conversationId: "c" }, call);
  for (let n = 0; n < 20; n++) await rig.queues.offer("c", { message: `${n}` }, call);
  await expect(rig.queues.offer("c", { message: "20" }, call)).rejects.toMatchObject({
    code: "queue-full",
    message: expect.stringContaining("no more than 20"),
  });
  expect(await rig.queues.clear("c", call)).toMatchObject({ queue: [], held: false });
  await rig.queues.offer("c", { message: "x".repeat(600_000) }, call);
  await expect(rig.queues.offer("c", { message: "x".repeat(600_000) }, call)).rejects.toMatchObject({
    code: "queue-full",
    message: expect.stringContaining("characters"),
  });
});
