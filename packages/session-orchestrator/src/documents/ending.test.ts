import type { LogRecord, QueueItem } from "@dispatch/wire";
import { expect, it } from "vitest";
import { foldState } from "../conversation/fold-state.ts";
import { emptyState } from "../conversation/state.ts";
import { endingOf } from "./ending.ts";

const numbered = (records: readonly object[]) =>
  records.map((record, index) => ({ seq: index + 1, ts: 1_000, ...record }) as LogRecord);
/** The state of what an import stores. */
function imported(records: readonly object[]) {
  const given = numbered(records);
  const all = numbered([...records, ...endingOf("c", given)]);
  return { added: all.slice(given.length), state: all.reduce(foldState, emptyState("c")) };
}

const said = { type: "user-message", turnId: "t", messageId: "m", text: "hi" };
const start = {
  type: "turn-start",
  turnId: "t",
  model: "m",
  effort: "high",
  cwd: "/",
  maxSteps: 5,
  attempt: 1,
  turn: 1,
};
const waiting: QueueItem = { messageId: "q", text: "later", deliver: "followup", ts: 1 };
const queued = { type: "queue-changed", queue: [waiting], held: false };

it("adds nothing to a conversation at rest", () => {
  expect(imported([said, start, { type: "turn-sealed", turnId: "t" }]).added).toEqual([]);
});

it("seals a turn that the export cut, and does not say again what waits elsewhere", () => {
  const { added, state } = imported([{ type: "status-changed", status: "active" }, said, start, queued]);
  expect(added.map(({ type }) => type)).toEqual([
    "done",
    "status-changed",
    "turn-sealed",
    "queue-changed",
    "notice",
  ]);
  expect(state).toMatchObject({ status: "idle", running: undefined, queue: [], held: false });
});

it("is not active when nothing runs", () => {
  expect(imported([said, { type: "status-changed", status: "active" }]).state.status).toBe("idle");
});

it("takes over how it speaks, not what its turns may do, where, or at what cost", () => {
  const settings = {
    approvals: "full",
    env: { LD_PRELOAD: "/tmp/x" },
    dirs: ["/"],
    cwd: "/home",
    worktree: true,
    maxSteps: 10_000,
    maxCostUsd: 1_000_000,
    timeoutMs: 2_147_483_647,
    warming: { enabled: true },
    effort: "low",
    model: "a/b",
    system: "Be brief.",
    compactThreshold: 50,
  };
  const { added, state } = imported([{ type: "meta-changed", patch: { settings } }, said]);
  expect(state.settings).toEqual({
    effort: "low",
    model: "a/b",
    system: "Be brief.",
    compactThreshold: 50,
  });
  expect(added.map((record) => (record.type === "notice" ? record.text : record.type))).toEqual([
    "meta-changed",
    "These settings of the document do not hold here: approvals, cwd, dirs, env, maxCostUsd, maxSteps, timeoutMs, warming, worktree. Set again what you want.",
  ]);
});
