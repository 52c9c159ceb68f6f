/** Interrupts, and the same key again. */
import { expectNoLeaks, type ScriptStep, textReply, toolCallReply } from "@dispatch/kernel/testing";
import { draining } from "@dispatch/session-orchestrator/ports";
import { afterEach, describe, expect, it } from "vitest";
import { call, hookedStore, openRig, type Rig, textsOf, typesOf, until, untilIdle } from "./fixtures/rig.ts";

let rigs: Rig[] = [];
afterEach(async () => {
  const ended = rigs;
  rigs = [];
  for (const { host } of ended) {
    await host.stop();
    expectNoLeaks(host);
  }
});
const open = async (...args: Parameters<typeof openRig>): Promise<Rig> => {
  const rig = await openRig(...args);
  rigs.push(rig);
  return rig;
};
const stuck: ScriptStep[] = [{ type: "text", text: "Hm" }, { silence: true }];
const keyed = (idempotencyKey: string) => ({ ...call, idempotencyKey });
const saidIn = (rig: Rig, request: number) =>
  textsOf(rig, request)?.flatMap(([role, text]) => (role === "user" ? [text] : []));

describe("an interrupt", () => {
  it("begins in the write that seals the turn it aborts; what waited goes on behind it", async () => {
    const rig = await open([stuck, textReply("Yes."), textReply("And this.")]);
    const { turnId } = await rig.sessions.send({ message: "go", conversationId: "c" }, call);
    await rig.clock.settle();
    await rig.queues.offer("c", { message: "q" }, call);
    const asked = rig.queues.offer(
      "c",
      { message: "stop that", deliver: "interrupt", clientMessageId: "k" },
      call,
    );
    await until(rig, () => rig.provider.requests.length > 1);
    const answer = await asked;
    expect(answer).toMatchObject({ started: true, held: false, queue: [{ text: "q" }] });
    await untilIdle(rig);
    expect(saidIn(rig, 2)).toEqual(["go", "stop that", "q"]);
    const records = await rig.records();
    const seal = records.findIndex(({ type }) => type === "turn-sealed");
    expect(records[seal - 1]).toMatchObject({ type: "done", turnId, reason: "aborted" });
    expect(records[seal + 1]).toMatchObject({
      type: "user-message",
      seq: answer.seq,
      turnId: answer.turnId,
      clientMessageId: "k",
    });
    const statuses = records.flatMap((record) => (record.type === "status-changed" ? record.status : []));
    expect(statuses).toEqual(["active", "idle"]);
  });

  it("of several, each has its turn", async () => {
    const rig = await open([stuck, stuck, stuck, textReply("At last.")]);
    await rig.sessions.send({ message: "go", conversationId: "c" }, call);
    await rig.clock.settle();
    const asked = ["a", "b", "c"].map((message) =>
      rig.queues.offer("c", { message, deliver: "interrupt" }, call),
    );
    await until(rig, () => rig.provider.requests.length === 4);
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(({ turnId }) => turnId)).size).toBe(3);
    await untilIdle(rig);
    expect(saidIn(rig, 3)?.slice().sort()).toEqual(["a", "b", "c", "go"]);
  });

  it("that the turn does not make way for is refused, repeatable, and leaves the queue as it was", async () => {
    const { store, hooks } = hookedStore();
    const rig = await open([toolCallReply("wait", {}), textReply("Yes.")], { store });
    await rig.sessions.send({ message: "go", conversationId: "c" }, call);
    await rig.clock.settle();
    await rig.queues.offer("c", { message: "q" }, call);
    let release = (): void => undefined;
    hooks.before = async ({ entries }) => {
      if (entries.some(({ json }) => json.includes('"tool-result"')))
        await new Promise<void>((resolve) => {
          release = resolve;
        });
    };
    const body = { message: "now", deliver: "interrupt" } as const;
    const asked = rig.queues.offer("c", body, keyed("i")).catch((error: unknown) => error);
    let answer: unknown;
    void asked.then((value) => {
      answer = value;
    });
    await until(rig, () => answer !== undefined);
    expect(answer).toMatchObject({ code: "turn-not-stopped", details: { retryAfterMs: 1_000 } });
    expect(await rig.queues.list("c")).toMatchObject({ queue: [{ text: "q" }] });
    release();
    await untilIdle(rig);
    expect(await rig.queues.list("c")).toMatchObject({ queue: [{ text: "q" }], held: true });
    expect(JSON.stringify(await rig.records())).not.toContain('"now"');
    expect(await rig.queues.offer("c", body, keyed("i"))).toMatchObject({ started: true });
  });
});

describe("the same key", () => {
  it("gives the same answer, in parallel, later and in another process; another body is refused", async () => {
    const rig = await open([stuck]);
    await rig.sessions.send({ message: "go", conversationId: "c" }, call);
    await rig.clock.settle();
    const body = { message: "q", clientMessageId: "m" };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => rig.queues.offer("c", body, keyed("k"))),
    );
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    await expect(rig.queues.offer("c", { message: "other" }, keyed("k"))).rejects.toMatchObject({
      code: "idempotency-mismatch",
    });
    expect((await rig.queues.list("c")).queue).toHaveLength(1);
    const taken = await rig.queues.clear("c", keyed("clear"));
    expect(taken.cancelled).toHaveLength(1);
    await rig.queues.offer("c", { message: "later" }, call);
    expect(await rig.queues.clear("c", keyed("clear"))).toEqual(taken);
    expect((await rig.queues.list("c")).queue).toHaveLength(1);
    expect(await rig.queues.offer("c", body, keyed("k"))).toEqual(answers[0]);

    const next = await open([textReply("Resumed."), textReply("Later.")], { store: rig.store.reopen() });
    expect(await next.queues.offer("c", body, keyed("k"))).toEqual(answers[0]);
  });

  it("of a clear that found nothing finds nothing later either", async () => {
    const rig = await open([stuck]);
    await rig.sessions.send({ message: "go", conversationId: "c" }, call);
    const nothing = await rig.queues.clear("c", keyed("clear"));
    await rig.queues.offer("c", { message: "later" }, call);
    expect(await rig.queues.clear("c", keyed("clear"))).toEqual(nothing);
    expect((await rig.queues.list("c")).queue).toHaveLength(1);
  });

  it("of a message that started a turn does not start another", async () => {
    const rig = await open([textReply("One."), textReply("Two.")]);
    const first = await rig.queues.offer("c", { message: "go" }, keyed("k"));
    await untilIdle(rig);
    expect(await rig.queues.offer("c", { message: "go" }, keyed("k"))).toEqual(first);
    expect(typesOf(await rig.records()).filter((type) => type === "turn-start")).toHaveLength(1);
  });
});

describe("after a stop of the server", () => {
  it.each([
    ["resume", ["go", "q"]],
    ["mark", undefined],
  ] as const)(
    "a turn that completes meanwhile starts nothing any more; `recovery: %s`",
    async (recovery, said) => {
      const settings = { recovery };
      const first = await open([[{ wait: 1_000 }, ...textReply("Done.")]], { settings });
      await first.sessions.send({ message: "go", conversationId: "c" }, call);
      await first.clock.settle();
      await first.queues.offer("c", { message: "q" }, call);
      let drained = false;
      void first.host
        .get(draining)
        .drain(new AbortController().signal)
        .then(() => {
          drained = true;
        });
      await until(first, () => drained);
      await expect(first.queues.offer("c", { message: "late" }, call)).rejects.toMatchObject({
        code: "shutting-down",
      });
      expect(first.provider.requests).toHaveLength(1);
      const next = await open([textReply("And q.")], { store: first.store.reopen(), settings });
      await untilIdle(next);
      expect(saidIn(next, 0)).toEqual(said);
      expect(await next.queues.list("c")).toMatchObject({ held: said === undefined });
      const seals = typesOf(await next.records()).filter((type) => type === "turn-sealed");
      expect(seals).toHaveLength(said === undefined ? 1 : 2);
    },
  );
});

describe("after a crash", () => {
  it("a turn that is sealed instead of resumed holds its queue", async () => {
    const first = await open([stuck]);
    await first.sessions.send({ message: "go", conversationId: "c" }, call);
    await first.clock.settle();
    await first.queues.offer("c", { message: "q" }, call);
    const next = await open([], { store: first.store.reopen(), settings: { recovery: "mark" } });
    await untilIdle(next);
    expect(await next.queues.list("c")).toMatchObject({ queue: [{ text: "q" }], held: true });
  });

  it("the resumed turn has its queue, and what it completes goes on", async () => {
    const first = await open([stuck]);
    await first.sessions.send({ message: "go", conversationId: "c" }, call);
    await first.clock.settle();
    await first.queues.offer("c", { message: "s" }, call);
    await first.queues.offer("c", { message: "f", deliver: "followup" }, call);
    const replies = [toolCallReply("wait", {}), textReply("Done."), textReply("And f.")];
    const next = await open(replies, { store: first.store.reopen() });
    await until(next, () => next.waiting.length === 1);
    next.waiting[0]?.("one");
    await untilIdle(next);
    expect(saidIn(next, 1)).toEqual(["go", "s"]);
    expect(saidIn(next, 2)).toEqual(["go", "s", "f"]);
    expect(await next.queues.list("c")).toEqual({ queue: [], held: false });
  });

  it("of which only the seal was missing, the turn is sealed and the queue goes on", async () => {
    const { store, hooks } = hookedStore();
    const first = await open([textReply("Done.")], { store });
    hooks.before = async ({ entries }) => {
      if (entries.some(({ json }) => json.includes('"turn-sealed"'))) throw new Error("killed");
    };
    await first.sessions.send({ message: "go", conversationId: "c" }, call);
    await first.clock.settle();
    const disk = store.reopen();
    // An item that came while the seal was on its way would wait behind it, so this one is put there by hand.
    const head = await disk.head("c");
    const item = { messageId: "q", text: "q", deliver: "steer", ts: 1 };
    const json = JSON.stringify({
      seq: (head?.head ?? 0) + 1,
      ts: 1,
      type: "queue-changed",
      queue: [item],
      held: false,
    });
    const fence = await disk.claim("c");
    await disk.append({
      conversationId: "c",
      fence,
      expectedHead: head?.head ?? 0,
      entries: [{ seq: (head?.head ?? 0) + 1, json }],
      sync: true,
    });
    const next = await open([textReply("And q.")], { store: disk.reopen() });
    await until(next, () => next.provider.requests.length === 1);
    await untilIdle(next);
    expect(saidIn(next, 0)).toEqual(["go", "q"]);
  });
});
