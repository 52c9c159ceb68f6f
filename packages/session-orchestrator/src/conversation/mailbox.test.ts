import { scriptedProvider, textReply } from "@dispatch/kernel/testing";
import { dispatchError } from "@dispatch/wire";
import { afterEach, describe, expect, it } from "vitest";
import type { LogBatch } from "../ports.ts";
import { memoryLog } from "../testing/memory-log.ts";
import { type SessionStage, startStage } from "../testing/stage.ts";

let stages: SessionStage[] = [];
afterEach(async () => {
  for (const { host } of stages) await host.stop();
  stages = [];
});
const call = { credential: "t" };

/** A store whose appends can be looked at and refused. */
async function open(replies: Parameters<typeof scriptedProvider>[0]) {
  const inner = memoryLog();
  const batches: LogBatch[] = [];
  const control = { refuse: (_batch: LogBatch) => false };
  const store = {
    ...inner,
    async append(batch: LogBatch) {
      batches.push(batch);
      if (control.refuse(batch)) throw dispatchError("store-failed", "The disk is full.");
      return inner.append(batch);
    },
  };
  const stage = await startStage({ provider: scriptedProvider(replies), store });
  stages.push(stage);
  return { ...stage, batches, control };
}

const typesOf = ({ entries }: LogBatch) =>
  entries.map(({ json }) => (JSON.parse(json) as { type: string }).type);

describe("appends", () => {
  it("admission and end are one synced batch each; every batch brings its state; running is marked and unmarked", async () => {
    const { sessions, batches } = await open([textReply("hello")]);
    await sessions.handleMessage({ message: "x", conversationId: "c" }, call);
    const [admission] = batches;
    const end = batches.at(-1);
    expect(typesOf(admission as LogBatch)).toEqual(["user-message", "turn-start", "status-changed"]);
    expect(admission).toMatchObject({
      sync: true,
      running: true,
      expectedHead: 0,
      epoch: expect.any(String),
      row: { status: "active" },
    });
    expect(typesOf(end as LogBatch)).toEqual(["done", "status-changed", "turn-sealed"]);
    expect(end).toMatchObject({ sync: true, running: false, row: { status: "idle" } });
    for (const { state, entries, expectedHead } of batches) {
      expect(JSON.parse(state ?? "{}")).toMatchObject({ head: expectedHead + entries.length });
    }
    expect(batches.map(({ running }) => running).filter((mark) => mark !== undefined)).toEqual([true, false]);
  });

  it("text being produced is saved in increments, in time or by size, and gone with the record that seals it", async () => {
    const { sessions, batches, clock } = await open([
      [{ type: "text", text: "a".repeat(100) }, { type: "text", text: "b".repeat(5_000) }, { silence: true }],
    ]);
    await sessions.send({ message: "x", conversationId: "c" }, call);
    await clock.settle();
    const saved = () => batches.flatMap(({ increments = [] }) => increments);
    expect(saved().map(({ at, text }) => [at, text.length])).toEqual([[0, 5_100]]);
    await sessions.stop("c");
    expect(batches.flatMap(({ sealed = [] }) => sealed)).toEqual([saved()[0]?.block]);
  });

  it("a refused append starts nothing, and the conversation goes on when the store does", async () => {
    const { sessions, control } = await open([textReply("hello")]);
    control.refuse = () => true;
    await expect(sessions.send({ message: "x", conversationId: "c" }, call)).rejects.toMatchObject({
      code: "store-failed",
    });
    expect(sessions.isActive("c")).toBe(false);
    control.refuse = () => false;
    expect(await sessions.handleMessage({ message: "y", conversationId: "c" }, call)).toMatchObject({
      text: "hello",
    });
  });

  it("when the store fails in mid-turn viewers end, nothing unsaved was shown as a record, and the next use repairs", async () => {
    const { sessions, control, clock } = await open([
      [
        { type: "text", text: "words" },
        { type: "finish", reason: "stop" },
      ],
      textReply("after"),
    ]);
    control.refuse = ({ entries }) => entries.length > 0 && entries[0]?.seq !== 1;
    await sessions.send({ message: "x", conversationId: "c" }, call);
    const viewer = await sessions.subscribe("c", {});
    const shown: string[] = [];
    for (let frame = await viewer.next(); frame; frame = await viewer.next())
      shown.push(...frame.events.map(({ type }) => type));
    expect(shown.filter((type) => !type.endsWith("-delta"))).toEqual([]);
    control.refuse = () => false;
    await clock.settle();
    expect(await sessions.status("c")).toMatchObject({ status: "idle", lastTurn: { reason: "interrupted" } });
    expect(await sessions.handleMessage({ message: "y", conversationId: "c" }, call)).toMatchObject({
      text: "after",
    });
  });
});
