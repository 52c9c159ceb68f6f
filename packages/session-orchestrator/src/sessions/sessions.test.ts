import { defineExtension, defineManifest, type Extension, type ToolContext, tools } from "@dispatch/kernel";
import {
  expectNoLeaks,
  type ScriptedReply,
  scriptedProvider,
  textReply,
  toolCallReply,
} from "@dispatch/kernel/testing";
import type { DispatchEvent } from "@dispatch/wire";
import { afterEach, describe, expect, it } from "vitest";
import {
  afterTool,
  beforeTool,
  conversationChanged,
  conversationClosed,
  conversationStatusChanged,
  planTurn,
  stepCommitted,
  turnSettled,
  turnStarted,
  type Viewer,
} from "../ports.ts";
import { type SessionStage, type StageOptions, startStage } from "../testing/stage.ts";

let stages: SessionStage[] = [];
afterEach(async () => {
  for (const { host } of stages) {
    await host.stop();
    expectNoLeaks(host);
  }
  stages = [];
});
async function open(options: Partial<StageOptions> & { replies?: readonly ScriptedReply[] } = {}) {
  const provider = scriptedProvider(options.replies ?? []);
  const stage = await startStage({ provider, ...options });
  stages.push(stage);
  return { ...stage, provider };
}
const call = { credential: "t" };

const echoManifest = defineManifest({
  id: "echo-tool",
  version: "1.0.0",
  apiVersion: "^1.0.0",
  contributes: { points: { tools: ["echo", "aardvark"] } },
});
const echoTool = defineExtension(echoManifest, (host) => {
  const schema = { type: "object", properties: { say: { type: "string" } } };
  const execute = async (input: { say: string }, context: ToolContext) => {
    context.output("live ");
    return { output: `${input.say} in ${context.cwd}` };
  };
  host.contribute(tools, "echo", { description: "Echoes.", parameters: schema, execute });
  host.contribute(tools, "aardvark", { description: "First by name.", parameters: schema, execute });
});

/** All events of a viewer until the turn is sealed. */
async function toSeal(viewer: Viewer): Promise<DispatchEvent[]> {
  const events: DispatchEvent[] = [];
  for (;;) {
    const frame = await viewer.next();
    if (!frame) return events;
    events.push(...frame.events.map(({ json }) => JSON.parse(json) as DispatchEvent));
    if (frame.events.at(-1)?.type === "turn-sealed") return events;
  }
}

describe("a turn", () => {
  it("is records in order, shown as they are appended, and readable afterwards", async () => {
    const { sessions, provider } = await open({
      extensions: [echoTool],
      replies: [
        [{ type: "text", text: "Let me see. " }, ...toolCallReply("echo", { say: "hi" })],
        textReply("It ", "said hi."),
      ],
    });
    const sent = await sessions.send({ message: "echo hi", conversationId: "c" }, call);
    expect(sent).toMatchObject({ conversationId: "c", seq: 1, repeated: false });
    const viewer = await sessions.subscribe("c", { after: sent.before });
    const events = await toSeal(viewer);
    viewer.close();
    expect(events.filter((event) => "seq" in event).map(({ type }) => type)).toEqual([
      ...["user-message", "turn-start", "status-changed"],
      ...["text", "tool-call", "tool-start", "tool-result", "step-complete"],
      ...["text", "step-complete", "done", "status-changed", "turn-sealed"],
    ]);
    const { items, hasMore } = await sessions.messages("c", {});
    expect(items.map(({ role, status, chunks }) => [role, status, chunks.length])).toEqual([
      ["user", "complete", 1],
      ["assistant", "complete", 2],
      ["tool", "complete", 1],
      ["assistant", "complete", 1],
    ]);
    expect(hasMore).toBe(false);
    expect(await sessions.last("c", { timeoutMs: 0 })).toMatchObject({
      text: "It said hi.",
      reason: "completed",
    });
    expect(await sessions.metrics("c")).toMatchObject({
      turns: 1,
      usage: { inputTokens: 20, outputTokens: 10 },
      items: [
        {
          turnId: sent.turnId,
          reason: "completed",
          steps: 2,
          toolCalls: 1,
          attempts: 1,
          usage: { inputTokens: 20 },
        },
      ],
      hasMore: false,
    });
    expect(await sessions.get("c")).toMatchObject({ title: "echo hi", status: "idle", messageCount: 4 });
    expect(provider.requests[1]?.messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool"]);
    expect(provider.requests.map((request) => request.tools.map(({ name }) => name))).toEqual([
      ["aardvark", "echo"],
      ["aardvark", "echo"],
    ]);
  });

  it("sends the same bytes before the news of each step: an earlier message never changes", async () => {
    const { sessions, provider } = await open({
      extensions: [echoTool],
      replies: [
        toolCallReply("echo", { say: "a" }),
        toolCallReply("echo", { say: "b" }),
        textReply("end"),
        textReply("again"),
      ],
    });
    await sessions.handleMessage({ message: "one", conversationId: "c", system: "Be brief." }, call);
    await sessions.handleMessage({ message: "two", conversationId: "c" }, call);
    const bodies = provider.requests.map(({ system, tools: offered, messages }) => [
      JSON.stringify([system, offered]),
      JSON.stringify(messages).slice(0, -1),
    ]);
    for (let index = 1; index < bodies.length; index++) {
      expect(bodies[index]?.[0]).toBe(bodies[index - 1]?.[0]);
      expect(bodies[index]?.[1]?.startsWith(bodies[index - 1]?.[1] ?? "?")).toBe(true);
    }
    const context = await sessions.context("c");
    expect(JSON.stringify(context.messages).startsWith(bodies.at(-1)?.[1] ?? "?")).toBe(true);
    // And they are the same objects, so that a provider may cache their encoding by identity.
    const [first, , , last] = provider.requests.map(({ messages }) => messages);
    expect(last?.[0]).toBe(first?.[0]);
  });

  it("runs every hook and filter, in order", async () => {
    const seen: string[] = [];
    const manifest = defineManifest({
      id: "listener",
      version: "1.0.0",
      apiVersion: "^1.0.0",
      dependsOn: { "session-orchestrator": "*" },
      listens: {
        events: [
          turnStarted.id,
          stepCommitted.id,
          turnSettled.id,
          conversationStatusChanged.id,
          conversationClosed.id,
          conversationChanged.id,
        ],
        filters: [planTurn.id, beforeTool.id, afterTool.id],
      },
    });
    const listener = defineExtension(manifest, (host) => {
      host.on(turnStarted, ({ attempt }) => void seen.push(`turnStarted ${attempt}`));
      host.on(stepCommitted, ({ stepId }) => void seen.push(`stepCommitted ${stepId.slice(-2)}`));
      host.on(turnSettled, ({ reason }) => void seen.push(`turnSettled ${reason}`));
      host.on(conversationStatusChanged, ({ status }) => void seen.push(`status ${status}`));
      host.on(conversationClosed, () => void seen.push("closed"));
      host.on(conversationChanged, ({ reason }) => void seen.push(`changed ${reason}`));
      host.filter(planTurn, (draft) => {
        seen.push(`planTurn ${draft.purpose} ${draft.tools.map(({ name }) => name)}`);
        return {
          ...draft,
          tools: draft.tools.filter(({ name }) => name !== "aardvark"),
          system: [...draft.system, { id: "l", text: "From a filter." }],
        };
      });
      host.filter(beforeTool, (draft) => {
        seen.push(`beforeTool ${draft.name}`);
        return { ...draft, input: { say: "changed" } };
      });
      host.filter(afterTool, (draft) => {
        seen.push(`afterTool ${draft.output}`);
        return { ...draft, output: `${draft.output}!` };
      });
    });
    const { sessions, provider } = await open({
      extensions: [echoTool, listener],
      replies: [toolCallReply("echo", { say: "hi" }), textReply("x")],
    });
    await sessions.handleMessage({ message: "go", conversationId: "c" }, call);
    await sessions.close("c");
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen.filter((each) => !each.startsWith("changed"))).toEqual([
      ...[
        "status active",
        "turnStarted 1",
        "planTurn turn aardvark,echo",
        "beforeTool echo",
        "afterTool changed in /",
      ],
      ...[
        "stepCommitted #0",
        "stepCommitted #1",
        "status idle",
        "turnSettled completed",
        "status closed",
        "closed",
      ],
    ]);
    expect(seen.filter((each) => each.startsWith("changed"))).toEqual([
      "changed created",
      "changed status",
      "changed status",
    ]);
    expect(provider.requests[0]).toMatchObject({ system: "From a filter.", tools: [{ name: "echo" }] });
    const { items } = await sessions.messages("c", {});
    expect(items[2]?.chunks).toMatchObject([{ output: "changed in /!" }]);
  });

  it("does not run a tool when the last word on it fails or refuses", async () => {
    const guard = (handler: () => string): Extension =>
      defineExtension(
        defineManifest({
          id: "guard",
          version: "1.0.0",
          apiVersion: "^1.0.0",
          dependsOn: { "session-orchestrator": "*" },
          listens: { filters: [beforeTool.id] },
        }),
        (host) => void host.filter(beforeTool, (draft) => ({ ...draft, denied: handler() })),
      );
    for (const [handler, output] of [
      [() => "not today", /not today/],
      [
        () => {
          throw new Error("broken");
        },
        /guard|denied|refused/i,
      ],
    ] as const) {
      const { sessions } = await open({
        extensions: [echoTool, guard(handler)],
        replies: [toolCallReply("echo", { say: "hi" }), textReply("x")],
      });
      await sessions.handleMessage({ message: "go", conversationId: "c" }, call);
      const { items } = await sessions.messages("c", {});
      expect(items[2]?.chunks).toMatchObject([
        { isError: true, outcome: "denied", output: expect.stringMatching(output) },
      ]);
    }
  });
});

describe("a turn that fails", () => {
  it("says why to whoever asks for its last answer later, and no more once another went well", async () => {
    const { sessions } = await open({
      replies: [
        [{ type: "error", error: { code: "quota", message: "No money left.", retryable: false } }],
        textReply("Fine."),
      ],
    });
    await sessions.send({ message: "go", conversationId: "c" }, call);
    const failed = await sessions.last("c", { timeoutMs: 1_000 });
    expect(failed).toMatchObject({ text: "", reason: "error", error: { retryable: false } });
    await sessions.patch("c", { title: "later" }, call);
    expect(await sessions.last("c", { timeoutMs: 0 })).toEqual(failed);
    await sessions.send({ message: "again", conversationId: "c" }, call);
    expect(await sessions.last("c", { timeoutMs: 1_000 })).toEqual({
      text: "Fine.",
      reason: "completed",
      turnId: expect.any(String),
    });
  });
});

describe("admission", () => {
  it("lets one of 20 in; the others learn which turn runs", async () => {
    const { sessions } = await open({ replies: [[{ silence: true }]] });
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () => sessions.send({ message: "x", conversationId: "c" }, call)),
    );
    const won = results.flatMap((result) => (result.status === "fulfilled" ? [result.value.turnId] : []));
    expect(won).toHaveLength(1);
    for (const result of results) {
      if (result.status === "rejected")
        expect(result.reason).toMatchObject({
          code: "conversation-busy",
          details: { data: { turnId: won[0] } },
        });
    }
    expect(await sessions.stop("c")).toMatchObject({ aborted: true, turnId: won[0], status: "idle" });
  });

  it("refuses what cannot be run before anything is stored", async () => {
    const { sessions } = await open();
    await expect(
      sessions.send({ message: "x", conversationId: "c", model: "test/other" }, call),
    ).rejects.toMatchObject({ code: "unknown-model" });
    await expect(
      sessions.send({ message: "x", conversationId: "c", cwd: "/no/such/folder" }, call),
    ).rejects.toMatchObject({ code: "invalid-cwd" });
    await expect(sessions.get("c")).rejects.toMatchObject({ code: "conversation-not-found" });
  });
});

describe("settings", () => {
  it("go from turn to conversation to config to built-in, and say which", async () => {
    const { sessions, provider } = await open({
      settings: { defaults: { approvals: "full", effort: "low", maxSteps: 7 } },
      replies: [textReply("a"), textReply("b")],
    });
    await sessions.create({ id: "c", effort: "max", title: "T" }, call);
    expect((await sessions.get("c")).settings).toMatchObject({
      effort: { value: "max", source: "conversation" },
      maxSteps: { value: 7, source: "config" },
      cwd: { value: "/", source: "built-in" },
    });
    await sessions.handleMessage({ message: "x", conversationId: "c", effort: "medium" }, call);
    const patched = await sessions.patch("c", { effort: null, labels: ["l"] }, call, 1);
    expect(patched).toMatchObject({
      version: 2,
      labels: ["l"],
      title: "T",
      settings: { effort: { value: "low", source: "config" } },
    });
    await sessions.handleMessage({ message: "y", conversationId: "c" }, call);
    expect(provider.requests.map(({ effort }) => effort)).toEqual(["medium", "low"]);
    await expect(sessions.patch("c", { title: "no" }, call, 1)).rejects.toMatchObject({
      code: "version-conflict",
    });
    await expect(sessions.patch("c", { title: "no", model: "what/ever" }, call)).rejects.toMatchObject({
      code: "unknown-model",
    });
    expect((await sessions.get("c")).title).toBe("T");
  });
});

describe("a crash", () => {
  it("leaves a turn that is repaired in place at the next boot when turns are not to be resumed", async () => {
    const first = await open({
      extensions: [echoTool],
      replies: [[{ type: "text", text: "Half an ans" }, { silence: true }]],
    });
    await first.sessions.send({ message: "x", conversationId: "c" }, call);
    await first.clock.advance(250);
    // The first process is gone without a word; the second finds its store.
    const second = await open({
      store: first.store,
      settings: { recovery: "mark" },
      replies: [textReply("on")],
    });
    await second.clock.settle();
    expect(await second.sessions.status("c")).toMatchObject({
      status: "idle",
      lastTurn: { reason: "interrupted" },
    });
    const { items } = await second.sessions.messages("c", {});
    expect(items.at(-1)).toMatchObject({
      role: "assistant",
      status: "aborted",
      chunks: [{ type: "text", text: "Half an ans" }],
    });
    await second.sessions.handleMessage({ message: "y", conversationId: "c" }, call);
    expect(second.provider.requests[0]?.messages.map(({ role }) => role)).toEqual([
      "user",
      "assistant",
      "user",
    ]);
  });
});

describe("idempotency", () => {
  it("gives a repeat the same ids, in parallel, and refuses another body", async () => {
    const { sessions, provider } = await open({ replies: [textReply("once")] });
    const keyed = { ...call, idempotencyKey: "k" };
    const sent = await Promise.all(Array.from({ length: 5 }, () => sessions.send({ message: "x" }, keyed)));
    expect(new Set(sent.map(({ repeated: _repeated, ...receipt }) => JSON.stringify(receipt))).size).toBe(1);
    expect(sent.filter(({ repeated }) => !repeated)).toHaveLength(1);
    await expect(sessions.send({ message: "y" }, keyed)).rejects.toMatchObject({
      code: "idempotency-mismatch",
    });
    await sessions.last(sent[0]?.conversationId ?? "", { timeoutMs: 1_000 });
    expect(provider.requests).toHaveLength(1);
  });
});
