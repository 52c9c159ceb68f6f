import { defineExtension, defineManifest, type Extension, tools } from "@dispatch/kernel";
import {
  type ScriptedReply,
  type ScriptStep,
  scriptedProvider,
  textReply,
  toolCallReply,
} from "@dispatch/kernel/testing";
import { afterEach, expect, it } from "vitest";
import { approvals, beforeTool, conversationChanged } from "../ports.ts";
import { type SessionStage, type StageOptions, startStage } from "../testing/stage.ts";

let stages: SessionStage[] = [];
afterEach(async () => {
  for (const { host } of stages) await host.stop();
  stages = [];
});
const call = { credential: "t" };

/** A gate that asks about every call, and an earlier filter that may change what is asked. */
async function open(
  replies: readonly ScriptedReply[],
  options: Partial<StageOptions> & { say?: string; listener?: Extension } = {},
) {
  const ran: unknown[] = [];
  const tool = defineExtension(
    defineManifest({
      id: "a-tool",
      version: "1.0.0",
      apiVersion: "^1.0.0",
      contributes: { points: { tools: ["echo"] } },
    }),
    (host) =>
      void host.contribute(tools, "echo", {
        description: "",
        parameters: { type: "object" },
        concurrencySafe: false,
        execute: async (input) => {
          ran.push(input);
          return { output: "ran" };
        },
      }),
  );
  const gate = defineExtension(
    defineManifest({
      id: "gate",
      version: "1.0.0",
      apiVersion: "^1.0.0",
      dependsOn: { "session-orchestrator": "*" },
      listens: { filters: [beforeTool.id] },
    }),
    (host) => {
      host.filter(beforeTool, async (draft, { signal }) => {
        const { conversationId, turnId, stepId, callId, name, cwd, kind } = draft;
        const input = options.say === undefined ? draft.input : { say: options.say };
        const request = { name, input, cwd, kind };
        const { decision, by } = await host
          .get(approvals)
          .ask({ conversationId, turnId, stepId, callId, request }, signal);
        return decision === "allow"
          ? { ...draft, approved: true }
          : { ...draft, denied: `no (${by ?? "a person"})` };
      });
    },
  );
  const provider = scriptedProvider(replies);
  const stage = await startStage({
    provider,
    extensions: [tool, gate, ...(options.listener ? [options.listener] : [])],
    ...options,
  });
  stages.push(stage);
  return { ...stage, provider, ran, service: stage.host.get(approvals) };
}

it("an answer given just before a crash still counts after it, without asking again", async () => {
  const first = await open([toolCallReply("echo", { say: "a" })]);
  await first.sessions.send({ message: "go", conversationId: "c" }, call);
  await first.clock.settle();
  const [waiting] = await first.service.waiting();
  // The decision is on disk; the process dies before the call runs.
  const log = first.store;
  const head = await log.head("c");
  await first.service.resolve(waiting?.approvalId ?? "", { decision: "deny", by: "me" });
  expect((await log.head("c"))?.head).toBeGreaterThan(head?.head ?? 0);
  const second = await open([textReply("fine")], { store: log });
  await second.clock.settle();
  expect(await second.service.waiting()).toEqual([]);
  expect(second.ran).toEqual([]);
});

it("the list says who waits, from the question to the answer, over a restart, and tells of both", async () => {
  const told: string[] = [];
  const listener = defineExtension(
    defineManifest({
      id: "listener",
      version: "1.0.0",
      apiVersion: "^1.0.0",
      dependsOn: { "session-orchestrator": "*" },
      listens: { events: [conversationChanged.id] },
    }),
    (host) => {
      host.on(conversationChanged, ({ reason, row }) => void told.push(`${reason} ${row.waiting ?? "-"}`));
    },
  );
  const listed = async ({ sessions }: SessionStage) => (await sessions.list({})).items[0]?.waiting;
  const first = await open([toolCallReply("echo", { say: "a" })], { listener });
  await first.sessions.send({ message: "go", conversationId: "c" }, call);
  await first.clock.settle();
  expect(await listed(first)).toBe("approval");
  expect(await first.sessions.get("c")).toMatchObject({ waiting: "approval" });
  expect(told).toEqual(["created -", "waiting approval"]);

  const second = await open([textReply("done")], { store: first.store.reopen(), listener });
  await second.clock.settle();
  expect(await listed(second)).toBe("approval");
  told.length = 0;
  const [waiting] = await second.service.waiting();
  await second.service.resolve(waiting?.approvalId ?? "", { decision: "allow" });
  expect(await second.sessions.last("c", { timeoutMs: 1_000 })).toMatchObject({ text: "done" });
  expect(await listed(second)).toBeUndefined();
  expect(told[0]).toBe("waiting -");
});

it("after a restart the same call waits under the same id; one that is no longer the one shown is denied", async () => {
  const first = await open([toolCallReply("echo", { say: "a" })]);
  await first.sessions.send({ message: "go", conversationId: "c" }, call);
  await first.clock.settle();
  const [asked] = await first.service.waiting();

  const same = await open([textReply("never reached")], { store: first.store.reopen() });
  await same.clock.settle();
  expect(await same.service.waiting()).toEqual([asked]);

  const changed = await open([textReply("as you wish")], {
    store: same.store.reopen(),
    say: "rm -rf",
    settings: { crashPauseMs: 0, defaults: { approvals: "ask" } },
  });
  expect(await changed.sessions.last("c", { timeoutMs: 1_000 })).toMatchObject({ text: "as you wish" });
  expect(changed.ran).toEqual([]);
  const { items } = await changed.sessions.messages("c", {});
  expect(items[2]?.chunks).toMatchObject([{ outcome: "denied", output: "no (changed)" }]);
});

it("after a restart a question is seen and answered at once, also while its turn waits to be resumed", async () => {
  const silence: readonly ScriptStep[] = [{ silence: true }];
  const first = await open([silence, toolCallReply("echo", { say: "a" })]);
  await first.sessions.send({ message: "think", conversationId: "busy" }, call);
  await first.clock.settle();
  await first.sessions.send({ message: "go", conversationId: "c" }, call);
  await first.clock.settle();
  const [asked] = await first.service.waiting();

  const second = await open([silence, textReply("as you wish")], {
    store: first.store.reopen(),
    settings: { resumesAtOnce: 1, crashPauseMs: 0 },
  });
  await second.clock.settle();
  expect(second.sessions.isActive("busy")).toBe(true);
  expect(second.sessions.isActive("c")).toBe(false);
  expect(await second.service.waiting()).toEqual([asked]);
  const viewer = await second.sessions.subscribe("c", {});
  viewer.close();
  expect(viewer.snapshot?.approvals).toEqual([asked]);
  await second.service.resolve(asked?.approvalId ?? "", { decision: "allow", by: "me" });
  await expect(second.service.resolve(asked?.approvalId ?? "", { decision: "deny" })).rejects.toMatchObject({
    code: "approval-not-found",
  });
  expect(await second.service.waiting()).toEqual([]);

  await second.sessions.stop("busy");
  expect(await second.sessions.last("c", { timeoutMs: 1_000 })).toMatchObject({ text: "as you wish" });
  expect(second.ran).toEqual([{ say: "a" }]);
});

it("who looks or answers before the cut turns are found waits for that", async () => {
  const first = await open([toolCallReply("echo", { say: "a" })]);
  await first.sessions.send({ message: "go", conversationId: "c" }, call);
  await first.clock.settle();
  const [asked] = await first.service.waiting();
  const reopened = first.store.reopen();
  let found = (): void => undefined;
  const looked = new Promise<void>((resolve) => {
    found = resolve;
  });
  const running = async () => {
    await looked;
    return reopened.running();
  };
  const second = await open([textReply("as you wish")], { store: { ...reopened, running } });
  const looking = second.service.waiting();
  const answering = second.service.resolve(asked?.approvalId ?? "", { decision: "allow" });
  await second.clock.settle();
  found();
  expect(await looking).toEqual([asked]);
  await answering;
  expect(await second.sessions.last("c", { timeoutMs: 1_000 })).toMatchObject({ text: "as you wish" });
});
