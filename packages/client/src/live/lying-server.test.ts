/** A server, or something in its place, that says what no server of this protocol says. */
import { describe, expect, it, vi } from "vitest";
import { settle } from "./testing/manual-clock.ts";
import { problem, type Stage, setStage } from "./testing/stage.ts";

/** The socket fails; how long is waited for the next try. */
async function cut(stage: Stage, code?: number): Promise<number | string> {
  stage.sockets.last.drop(code);
  await settle();
  const { state } = stage.live;
  return state.kind === "waiting" ? state.nextTryAt - stage.clock.now() : state.kind;
}

describe("a connection", () => {
  it("waits no longer than an hour, and never less than its own pause, whatever it is told", async () => {
    for (const [told, waited] of [
      [1e13, 3_600_000],
      [60_000, 60_000],
      [-5, 500],
      ["soon", 500],
      [null, 500],
      [Number.MAX_VALUE, 3_600_000],
    ] as const) {
      const stage = setStage();
      stage.answer = () => problem(429, "too-many-requests", { retryAfterMs: told });
      expect(await cut(stage), String(told)).toBe(waited);
      stage.live.close();
    }
  });

  it("ends a connection whose frames are none, and tries again", async () => {
    for (const frame of [
      { type: "chat.delta", conversationId: "c" },
      { type: "chat.delta", conversationId: "c", cursor: "x", events: [null] },
      { type: "chat.subscribed", conversationId: "c", mode: "snapshot", cursor: "x" },
      { type: "error", id: "s2" },
      { type: "error", id: "c1", error: null },
    ]) {
      const stage = setStage();
      const onEnd = vi.fn();
      stage.live.watch("c", { onChange: () => undefined, onEnd });
      const asked = stage.live.request("approval.resolve", {}).catch((error: { code: string }) => error.code);
      await stage.open();
      stage.sockets.last.give({ type: "chat.subscribed", conversationId: "c", mode: "replay", cursor: "0" });
      expect(() => stage.sockets.last.give(frame), JSON.stringify(frame)).not.toThrow();
      await settle();
      expect(stage.sockets.last.isClosed, JSON.stringify(frame)).toBe(true);
      expect(stage.live.state.kind).toBe("waiting");
      expect(await asked).toBe("connection-lost");
      expect(onEnd).not.toHaveBeenCalled();
      stage.live.close();
    }
  });
});
