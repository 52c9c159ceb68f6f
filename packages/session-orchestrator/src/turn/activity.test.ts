import { defineExtension, defineManifest } from "@dispatch/kernel";
import { fakeClock, scriptedProvider } from "@dispatch/kernel/testing";
import { afterEach, expect, test } from "vitest";
import { activity, turnResumed, turnStalled } from "../ports.ts";
import { type SessionStage, startStage } from "../testing/stage.ts";

let stage: SessionStage;
afterEach(() => stage.host.stop());
const breathe = () => new Promise<void>((go) => setTimeout(go, 5));
const typesOf = async () =>
  (await stage.store.read("c", 0)).entries.map(({ json }) => (JSON.parse(json) as { type: string }).type);

test("progress is each delta; a stall is a record and an event, and none of it touches a turn that is over", async () => {
  const clock = fakeClock();
  const provider = scriptedProvider(
    [[{ type: "text", text: "a" }, { wait: 1_000 }, { type: "text", text: "b" }, { silence: true }]],
    { clock },
  );
  const heard: string[] = [];
  const manifest = defineManifest({
    id: "listener",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    dependsOn: { "session-orchestrator": "*" },
    listens: { events: ["session-orchestrator/turnStalled", "session-orchestrator/turnResumed"] },
  });
  const listener = defineExtension(manifest, (host) => {
    host.on(turnStalled, ({ idleMs }) => void heard.push(`stalled ${idleMs}`));
    host.on(turnResumed, () => void heard.push("resumed"));
  });
  stage = await startStage({ provider, clock, extensions: [listener] });
  await stage.sessions.send({ message: "go", conversationId: "c" }, { credential: "t" });
  await breathe();
  const turns = stage.host.get(activity);
  const begun = clock.now();
  expect(turns.running()).toMatchObject([{ conversationId: "c", lastProgressAt: begun }]);
  const [turn] = turns.running();
  if (!turn) throw new Error("nothing runs");
  expect(await turns.stalled(turn, 500)).toBe(true);
  expect(turns.of("c")?.lastProgressAt).toBe(begun);
  await clock.advance(1_000);
  await breathe();
  expect((await stage.sessions.status("c")).lastProgressAt).toBe(begun + 1_000);
  await turns.resumed(turn);
  // What was decided before it moved does not hold any more.
  expect(await turns.stalled(turn, 900)).toBe(false);
  expect(await turns.abort(turn, "It stood still.")).toBe(false);
  const [now] = turns.running();
  if (!now) throw new Error("nothing runs");
  expect(await turns.abort(now, "It stood still.")).toBe(true);
  expect(await turns.stalled(now, 900)).toBe(false);
  const types = await typesOf();
  expect(types.filter((type) => type.startsWith("turn-"))).toEqual([
    "turn-start",
    "turn-stalled",
    "turn-resumed",
    "turn-sealed",
  ]);
  expect(await stage.sessions.status("c")).toMatchObject({ status: "idle", lastTurn: { reason: "stalled" } });
  expect(turns.running()).toEqual([]);
  expect(heard).toEqual(["stalled 500", "resumed"]);
});

test("a title set during the sleep before a retry does not hide the sleep", async () => {
  const error = { code: "provider-rate-limited", message: "Slow down.", retryable: true };
  stage = await startStage({ provider: scriptedProvider([[{ type: "error", error }]]) });
  await stage.sessions.send({ message: "go", conversationId: "c" }, { credential: "t" });
  await breathe();
  expect(await stage.sessions.status("c")).toMatchObject({ waiting: "retry" });
  await stage.sessions.patch("c", { title: "Other" }, { credential: "t" });
  expect(await stage.sessions.status("c")).toMatchObject({ waiting: "retry" });
});
