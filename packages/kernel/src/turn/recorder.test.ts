import type { NewRecord } from "@dispatch/wire";
import { describe, expect, it } from "vitest";
import { fakeClock } from "../testing/fake-clock.ts";
import { createRecorder } from "./recorder.ts";

const { settle } = fakeClock();
const start = (callId: string): NewRecord => ({ type: "tool-start", callId });

function slowSink() {
  const commits: { ids: string[]; store: () => void; refuse: (error: Error) => void }[] = [];
  return {
    commits,
    sink: {
      delta: () => undefined,
      commit: (records: readonly NewRecord[]) =>
        new Promise<void>((store, refuse) => {
          commits.push({
            ids: records.map((r) => (r.type === "tool-start" ? r.callId : r.type)),
            store,
            refuse,
          });
        }),
    },
  };
}

describe("the recorder", () => {
  it("commits one batch at a time; what comes meanwhile waits together", async () => {
    const { commits, sink } = slowSink();
    const recorder = createRecorder(sink, () => undefined);
    const stored: string[] = [];
    void recorder.commit(start("a")).then(() => stored.push("a"));
    void recorder.commit(start("b"), start("c"));
    await settle();
    void recorder.commit(start("d")).then(() => stored.push("d"));
    await settle();
    void recorder.commit(start("e"));
    await settle();
    expect(commits.map(({ ids }) => ids)).toEqual([["a", "b", "c"]]);
    expect([recorder.backlog, stored]).toEqual([2, []]);
    commits[0]?.store();
    await settle();
    expect(commits.map(({ ids }) => ids)).toEqual([
      ["a", "b", "c"],
      ["d", "e"],
    ]);
    expect([recorder.backlog, stored]).toEqual([0, ["a"]]);
    commits[1]?.store();
    await recorder.flushed();
    expect(stored).toEqual(["a", "d"]);
  });

  it("commits nothing after a failure, reports it once, and lets its callers go on", async () => {
    const { commits, sink } = slowSink();
    const errors: unknown[] = [];
    const recorder = createRecorder(sink, (error) => errors.push(error));
    const first = recorder.commit(start("a"));
    await settle();
    const second = recorder.commit(start("b"));
    commits[0]?.refuse(new Error("full"));
    await Promise.all([first, second, recorder.commit(start("c"))]);
    await recorder.flushed();
    expect(commits).toHaveLength(1);
    expect(errors).toEqual([new Error("full")]);
  });
});
