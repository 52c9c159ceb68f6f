import { defineExtension, defineManifest, tools } from "@dispatch/kernel";
import { scriptedProvider, textReply, toolCallReply } from "@dispatch/kernel/testing";
import { expect, test } from "vitest";
import { draining } from "../ports.ts";
import { memoryLog } from "../testing/memory-log.ts";
import { type SessionStage, startStage } from "../testing/stage.ts";

const call = { credential: "test" };
const silent = [{ type: "text", text: "Hm" }, { silence: true }] as const;
const begin = (stage: SessionStage, conversationId: string) =>
  stage.sessions.send({ message: "go", conversationId }, call);
const statusOf = async (stage: SessionStage, id: string) => {
  const { turnId, lastTurn } = await stage.sessions.status(id);
  return turnId ? "running" : lastTurn?.reason;
};
/** Lets everything happen that needs no time. */
const breathe = () => new Promise<void>((go) => setTimeout(go, 5));

test("nothing new is admitted, and what runs ends before the drain does", async () => {
  const stage = await startStage({ provider: scriptedProvider([silent]) });
  const { turnId } = await begin(stage, "c");
  const drain = stage.host.get(draining);
  expect(drain.state()).toBeUndefined();
  let over = false;
  void drain.drain(new AbortController().signal).then(() => {
    over = true;
  });
  await expect(begin(stage, "d")).rejects.toMatchObject({
    code: "shutting-down",
    details: { retryAfterMs: 2_000 },
  });
  await breathe();
  expect(over).toBe(false);
  expect(drain.state()).toEqual({ turns: 1, until: stage.clock.now() + 60_000 });
  await stage.sessions.stop("c", turnId);
  await breathe();
  await stage.clock.advance(100); // in which viewers are sent the end
  await breathe();
  expect(over).toBe(true);
  await stage.host.stop();
});

test.each([
  ["resume", "running"],
  ["mark", "interrupted"],
])(
  "what hurries is not waited for, and has ended before any extension is stopped (%s)",
  async (recovery, status) => {
    const stage = await startStage({ provider: scriptedProvider([silent]), settings: { recovery } });
    await begin(stage, "c");
    const drain = stage.host.get(draining);
    const slow = drain.drain(new AbortController().signal);
    await drain.drain(AbortSignal.abort());
    await slow;
    expect(stage.sessions.isActive("c")).toBe(false);
    expect(await statusOf(stage, "c")).toBe(status);
    const head = (await stage.store.head("c"))?.head;
    await stage.host.stop();
    expect((await stage.store.head("c"))?.head).toBe(head);
  },
);

test.each(["resume", "mark"])("after drainMs the rest is ended (%s)", async (recovery) => {
  const stage = await startStage({
    provider: scriptedProvider([silent]),
    settings: { drainMs: 1_000, recovery },
  });
  await begin(stage, "c");
  const done = stage.host.get(draining).drain(new AbortController().signal);
  for (let ms = 0; ms < 1_000; ms += 100) {
    await breathe();
    expect(await statusOf(stage, "c")).toBe("running");
    await stage.clock.advance(100);
  }
  await done;
  await stage.host.stop();
  const { rows } = await stage.store.list({ statuses: ["idle", "active"] });
  expect(rows[0]).toContain(recovery === "resume" ? '"runningTurnId"' : '"reason":"interrupted"');
});

test("an impatient stop ends the wait", async () => {
  const stage = await startStage({ provider: scriptedProvider([silent]) });
  await begin(stage, "c");
  const hurry = new AbortController();
  const done = stage.host.get(draining).drain(hurry.signal);
  await breathe();
  hurry.abort();
  await done;
  expect(await statusOf(stage, "c")).toBe("running");
  await stage.host.stop();
});

test("a store that does not answer holds up an impatient stop no longer than turns get to end", async () => {
  const inner = memoryLog();
  let answer = (): void => undefined;
  let stuck: Promise<void> | undefined;
  const store = {
    ...inner,
    async append(batch: Parameters<typeof inner.append>[0]) {
      await stuck;
      await inner.append(batch);
    },
  };
  const stage = await startStage({ provider: scriptedProvider([silent]), store });
  await begin(stage, "c");
  stuck = new Promise((resolve) => {
    answer = resolve;
  });
  const patched = stage.sessions.patch("c", { title: "T" }, call);
  const hurry = new AbortController();
  const done = stage.host.get(draining).drain(hurry.signal);
  await breathe();
  hurry.abort();
  await breathe();
  await stage.clock.advance(5_000);
  await done;
  answer();
  await patched;
  await stage.host.stop();
});

test("a turn that only waits holds nothing up: a retry, a slot, a tool that waits for others", async () => {
  const waits = defineManifest({
    id: "waits",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    contributes: { points: { tools: ["wait"] } },
  });
  const forever = defineExtension(waits, (host) => {
    host.contribute(tools, "wait", {
      description: "Waits.",
      parameters: { type: "object", properties: {} },
      onlyWaits: true,
      execute: (_input, { signal }) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    });
  });
  const stage = await startStage({
    provider: scriptedProvider([
      toolCallReply("wait", {}),
      [{ type: "error", error: { code: "provider-rate-limited", message: "Slow down.", retryable: true } }],
      textReply("never"),
    ]),
    extensions: [forever],
    // The one that waits for others gives its slot to the next.
    settings: { maxRunningTurns: 1 },
  });
  for (const id of ["tool", "retry", "slot"]) {
    await begin(stage, id);
    await breathe();
  }
  const running = stage.store.running();
  expect((await running).length).toBe(3);
  const drained = stage.host.get(draining).drain(new AbortController().signal);
  await breathe();
  await stage.clock.advance(100);
  await drained;
  expect(stage.host.get(draining).state()).toMatchObject({ turns: 0 });
  // Left as they are, for the next boot to resume.
  expect((await stage.store.running()).length).toBe(3);
  await stage.host.stop();
});
