import { defineExtension, defineManifest, tools } from "@dispatch/kernel";
import { type ScriptedReply, scriptedProvider, textReply, toolCallReply } from "@dispatch/kernel/testing";
import { applyEvent, createView, type DispatchEvent, type Message } from "@dispatch/wire";
import { afterEach, describe, expect, it } from "vitest";
import { type SessionStage, type StageOptions, startStage } from "../testing/stage.ts";

let stages: SessionStage[] = [];
afterEach(async () => {
  for (const { host } of stages) await host.stop();
  stages = [];
});
const call = { credential: "t" };

/** Tools that count their runs: one that never ends at its first run, one that does not but may be repeated. */
function toolbox() {
  const runs: string[] = [];
  const manifest = defineManifest({
    id: "toolbox",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    contributes: { points: { tools: ["once", "again", "quick"] } },
  });
  const stuck = (name: string) => async () => {
    runs.push(name);
    if (runs.filter((run) => run === name).length === 1) await new Promise(() => undefined);
    return { output: `${name} done` };
  };
  const parameters = { type: "object" };
  const extension = defineExtension(manifest, (host) => {
    host.contribute(tools, "once", {
      description: "",
      parameters,
      concurrencySafe: false,
      execute: stuck("once"),
    });
    host.contribute(tools, "again", {
      description: "",
      parameters,
      repeatable: true,
      execute: stuck("again"),
    });
    host.contribute(tools, "quick", {
      description: "",
      parameters,
      execute: async () => ({ output: "quick done" }),
    });
  });
  return { runs, extension };
}

async function boot(replies: readonly ScriptedReply[], options: Partial<StageOptions> = {}) {
  const provider = scriptedProvider(replies);
  const stage = await startStage({ provider, ...options });
  stages.push(stage);
  return { ...stage, provider };
}

/** The first life of a turn: cut without a word once `when` holds. */
async function cutTurn(replies: readonly ScriptedReply[], options: Partial<StageOptions> = {}) {
  const first = await boot(replies, options);
  const sent = await first.sessions.send({ message: "go", conversationId: "c" }, call);
  await first.clock.advance(250);
  return { ...first, sent };
}

/** Lets the resumed turn end. */
async function ended({ sessions, clock }: SessionStage) {
  await clock.settle();
  return sessions.last("c", { timeoutMs: 1_000 });
}

const shape = (messages: readonly Message[]) =>
  messages.map(({ role, chunks }) => [
    role,
    ...chunks.map((chunk) => ("text" in chunk ? chunk.text : "output" in chunk ? chunk.output : chunk.type)),
  ]);

describe("a turn cut by a crash", () => {
  it("in mid-text goes on by itself: the cut step is void, and the history is what a run without the crash gives", async () => {
    const first = await cutTurn(
      [toolCallReply("quick", {}), [{ type: "text", text: "Half an ans" }, { silence: true }]],
      { extensions: [toolbox().extension] },
    );
    const view = createView();
    const viewer = await first.sessions.subscribe("c", { after: "0" });
    const frame = await viewer.next();
    for (const event of frame?.events ?? []) applyEvent(view, JSON.parse(event.json) as DispatchEvent);
    expect([...view.open.values()].map(({ text }) => text)).toEqual(["Half an ans"]);

    const second = await boot([textReply("The whole answer.")], {
      store: first.store,
      extensions: [toolbox().extension],
    });
    expect(await ended(second)).toMatchObject({
      text: "The whole answer.",
      reason: "completed",
      turnId: first.sent.turnId,
    });
    expect(second.provider.requests[0]?.messages.map(({ role }) => role)).toEqual([
      "user",
      "assistant",
      "tool",
    ]);
    const { items } = await second.sessions.messages("c", {});
    expect(shape(items)).toEqual([
      ["user", "go"],
      ["assistant", "tool-call"],
      ["tool", "quick done"],
      ["assistant", "The whole answer."],
    ]);
    // The viewer comes back with its cursor: the void step goes, the new one comes, nothing is doubled.
    const back = await second.sessions.subscribe("c", { after: frame?.cursor });
    expect(back.mode).toBe("replay");
    for (let sealed = false; !sealed; ) {
      const next = await back.next();
      for (const event of next?.events ?? []) {
        expect(applyEvent(view, JSON.parse(event.json) as DispatchEvent)).toBe("applied");
        sealed ||= event.type === "turn-sealed";
      }
    }
    expect(view.messages).toEqual(items);
    expect(view.open.size).toBe(0);
  });

  it.each([
    ["resumed", {}, "The whole answer."],
    ["sealed", { recovery: "mark" }, ""],
  ])(
    "before any of its text was saved: viewers give up what they hold when it is %s",
    async (_how, settings, text) => {
      const first = await boot([[{ type: "text", text: "never saved" }, { silence: true }]]);
      await first.sessions.send({ message: "go", conversationId: "c" }, call);
      const view = createView();
      const viewer = await first.sessions.subscribe("c", { after: "0" });
      let cursor = "";
      while (view.open.size === 0) {
        const frame = await viewer.next();
        for (const event of frame?.events ?? []) applyEvent(view, JSON.parse(event.json) as DispatchEvent);
        cursor = frame?.cursor ?? cursor;
      }
      const second = await boot([textReply("The whole answer.")], { store: first.store, settings });
      await ended(second);
      const back = await second.sessions.subscribe("c", { after: cursor });
      const types: string[] = [];
      for (let sealed = false; !sealed; ) {
        for (const event of (await back.next())?.events ?? []) {
          types.push(event.type);
          expect(applyEvent(view, JSON.parse(event.json) as DispatchEvent)).toBe("applied");
          sealed ||= event.type === "turn-sealed";
        }
      }
      expect(types[0]).toBe("attempt-superseded");
      expect(view.messages).toEqual((await second.sessions.messages("c", {})).items);
      expect(shape(view.messages).slice(1)).toEqual(text === "" ? [] : [["assistant", text]]);
      expect(view.open.size).toBe(0);
    },
  );

  it("while a tool ran: it is not run again, its outcome is said to be unknown, the next step follows", async () => {
    const box = toolbox();
    const first = await cutTurn([toolCallReply("once", {})], { extensions: [box.extension] });
    const second = await boot([textReply("I see.")], { store: first.store, extensions: [box.extension] });
    expect(await ended(second)).toMatchObject({ text: "I see.", reason: "completed" });
    expect(box.runs).toEqual(["once"]);
    const { items } = await second.sessions.messages("c", {});
    expect(items[2]?.chunks).toMatchObject([
      { outcome: "interrupted", output: expect.stringContaining("unknown") },
    ]);
    expect(items.every(({ status }) => status === "complete")).toBe(true);
  });

  it("while a repeatable tool ran: it is run again, beside the results that are there", async () => {
    const box = toolbox();
    const both: ScriptedReply = [
      { type: "tool-call", name: "quick", input: "{}" },
      { type: "tool-call", name: "again", input: "{}" },
      { type: "finish", reason: "tool-calls" },
    ];
    const first = await cutTurn([both], { extensions: [box.extension] });
    const second = await boot([textReply("Good.")], { store: first.store, extensions: [box.extension] });
    expect(await ended(second)).toMatchObject({ text: "Good." });
    expect(box.runs).toEqual(["again", "again"]);
    expect(shape((await second.sessions.messages("c", {})).items)[2]).toEqual([
      "tool",
      "quick done",
      "again done",
    ]);
  });

  it("again and again without getting further is sealed after three attempts, saying so", async () => {
    const silent: ScriptedReply = [{ type: "text", text: "x" }, { silence: true }];
    let { store } = await cutTurn([silent]);
    const settings = { crashPauseMs: 0 };
    for (let attempt = 2; attempt <= 3; attempt++) {
      const next = await boot([silent], { store, settings });
      await next.clock.settle();
      expect(await next.sessions.status("c")).toMatchObject({ status: "active" });
      store = next.store;
    }
    const last = await boot([], { store, settings });
    await last.clock.settle();
    expect(await last.sessions.get("c")).toMatchObject({
      status: "idle",
      lastTurn: { reason: "interrupted" },
    });
    expect(last.provider.requests).toEqual([]);
  });

  it.each([
    ["recovery is set to mark", { recovery: "mark" }, 0],
    ["it was cut too long ago", { resumeAgeMs: 1_000 }, 5_000],
  ])("is sealed as interrupted when %s", async (_name, settings, later) => {
    const first = await cutTurn([[{ type: "text", text: "half" }, { silence: true }]]);
    await first.clock.advance(later);
    const second = await boot([], { store: first.store, settings, clock: first.clock });
    await second.clock.settle();
    expect(await second.sessions.get("c")).toMatchObject({
      status: "idle",
      lastTurn: { reason: "interrupted" },
    });
    expect(shape((await second.sessions.messages("c", {})).items).at(-1)).toEqual(["assistant", "half"]);
    expect(second.provider.requests).toEqual([]);
  });
});

describe("a stop of the server", () => {
  it("leaves a running turn for the next boot to resume", async () => {
    const first = await cutTurn([[{ type: "text", text: "half" }, { silence: true }]]);
    await first.host.stop();
    const second = await boot([textReply("whole")], { store: first.store });
    expect(await ended(second)).toMatchObject({ text: "whole", turnId: first.sent.turnId });
  });

  it("with recovery mark seals it", async () => {
    const settings = { recovery: "mark" };
    const first = await cutTurn([[{ type: "text", text: "half" }, { silence: true }]], { settings });
    await first.host.stop();
    const second = await boot([], { store: first.store, settings });
    expect(await second.sessions.get("c")).toMatchObject({ lastTurn: { reason: "interrupted" } });
  });
});
