import { describe, expect, it } from "vitest";
import type { PendingSend } from "./requests.ts";
import { settle } from "./testing/manual-clock.ts";
import { type Stage, setStage } from "./testing/stage.ts";

const accepted = { conversationId: "c", turnId: "t", messageId: "m", seq: 1, cursor: "e~1~x" };
const outcome = (promise: Promise<unknown>) =>
  promise.then(
    (value) => value,
    (error: { code?: string }) => error.code ?? error,
  );
async function reconnect(stage: Stage): Promise<void> {
  stage.sockets.last.drop();
  await stage.clock.advance(30_000);
  await stage.open();
}
const answer = (stage: Stage, type: string, fields: object) => {
  for (const { id } of stage.sockets.last.of(type)) stage.sockets.last.give({ type: "ok", id, ...fields });
};

describe("requests", () => {
  it("wait for the connection and are answered by id", async () => {
    const stage = setStage();
    const [first, second] = [stage.live.request("a", { x: 1 }), stage.live.request("b")];
    expect(stage.sockets.last.sent).toEqual([]);
    await stage.open();
    const [a, b] = stage.sockets.last.sent;
    expect([a, b]).toMatchObject([{ type: "a", x: 1 }, { type: "b" }]);
    const error = {
      type: "x",
      title: "No",
      status: 409,
      code: "conversation-busy",
      detail: "A turn runs.",
      fix: "Wait.",
      turnId: "t",
    };
    stage.sockets.last.give({ type: "error", id: b?.id, error });
    stage.sockets.last.give({ type: "ok", id: a?.id, y: 2 });
    stage.sockets.last.give({ type: "ok", id: a?.id, y: 3 });
    expect(await first).toEqual({ y: 2 });
    await expect(second).rejects.toMatchObject({
      name: "DispatchClientError",
      code: "conversation-busy",
      message: "A turn runs.",
      status: 409,
      details: { fix: "Wait.", data: { turnId: "t" } },
    });
  });

  it("that were sent fail with a cut, those that were not when there is no connection to be had", async () => {
    const stage = setStage();
    await stage.open();
    const sent = outcome(stage.live.stop("c"));
    stage.sockets.last.drop();
    expect(await sent).toBe("connection-lost");
    await stage.clock.advance(500);
    const waits = outcome(stage.live.cancel("c", "m"));
    stage.sockets.last.drop();
    expect(await waits).toBe("connection-lost");
    await stage.clock.advance(30_000);
    await stage.open();
    expect(stage.sockets.last.sent).toEqual([]);
  });

  it("with a key are repeated under it", async () => {
    const stage = setStage();
    await stage.open();
    const invoked = stage.live.request("surface.invoke", { surface: "s", action: "a", idempotencyKey: "k" });
    await reconnect(stage);
    expect(stage.sockets.last.of("surface.invoke")).toMatchObject([{ idempotencyKey: "k" }]);
    answer(stage, "surface.invoke", { done: true });
    expect(await invoked).toEqual({ done: true });
  });

  it("are given up by their signal", async () => {
    const stage = setStage();
    const leaving = new AbortController();
    const asked = outcome(stage.live.request("a", {}, { signal: leaving.signal }));
    leaving.abort(new Error("enough"));
    expect(await asked).toEqual(new Error("enough"));
    expect(await outcome(stage.live.request("a", {}, { signal: leaving.signal }))).toEqual(
      new Error("enough"),
    );
    await stage.open();
    expect(stage.sockets.last.sent).toEqual([]);
  });

  it("are bounded in number and in size", async () => {
    const stage = setStage({ maxPending: 2 });
    const sends = [stage.live.send({ message: "1" }), stage.live.send({ message: "2" })];
    expect(await outcome(stage.live.send({ message: "3" }))).toBe("too-many-pending");
    await stage.open();
    answer(stage, "chat.send", accepted);
    await Promise.all(sends);
    expect(await outcome(stage.live.send({ message: "é".repeat(5_000) }))).toBe("payload-too-large");
    expect(stage.live.unacknowledged()).toEqual([]);
  });
});

describe("sends", () => {
  it("are kept until they are acknowledged, and repeated in their order under the same keys", async () => {
    const stage = setStage();
    const told: number[] = [];
    stage.live.onUnacknowledged((sends) => told.push(sends.length));
    const first = stage.live.send({ message: "one" });
    const second = stage.live.queue({ conversationId: "c", message: "two", deliver: "steer" });
    await stage.open();
    await reconnect(stage);
    await reconnect(stage);
    expect(stage.sockets.last.sent).toMatchObject([
      { type: "chat.send", message: "one", idempotencyKey: "key-1" },
      { type: "chat.queue", message: "two", deliver: "steer", idempotencyKey: "key-2" },
    ]);
    expect(stage.live.unacknowledged()).toMatchObject([
      { key: "key-1" },
      { key: "key-2", type: "chat.queue" },
    ]);
    answer(stage, "chat.send", accepted);
    answer(stage, "chat.queue", { started: false });
    expect(await first).toEqual(accepted);
    expect(await second).toEqual({ started: false });
    expect(told).toEqual([1, 2, 1, 0]);
    await reconnect(stage);
    expect(stage.sockets.last.sent).toEqual([]);
  });

  it("outlive a server that is stopping, and are refused by one that says no", async () => {
    const stage = setStage();
    const send = outcome(stage.live.send({ message: "one" }));
    await stage.open();
    const refuse = (code: string, status: number) =>
      stage.sockets.last.give({
        type: "error",
        id: stage.sockets.last.of("chat.send")[0]?.id,
        error: { type: "x", title: code, status, code },
      });
    refuse("shutting-down", 503);
    stage.sockets.last.drop(1001);
    await stage.clock.advance(500);
    await stage.open();
    refuse("unknown-model", 400);
    expect(await send).toBe("unknown-model");
    expect(stage.live.unacknowledged()).toEqual([]);
  });

  it("can be stored when one goes and handed to the next, which sends them under their keys", async () => {
    const stage = setStage();
    let stored: readonly PendingSend[] = [];
    stage.live.onUnacknowledged((sends) => {
      stored = sends;
    });
    const send = outcome(stage.live.send({ message: "one", conversationId: "c" }));
    stage.live.close();
    expect(await send).toBe("closed");
    expect(stored).toEqual(stage.live.unacknowledged());
    const next = setStage({ pending: JSON.parse(JSON.stringify(stored)) as PendingSend[], maxPending: 0 });
    expect(next.live.unacknowledged()).toEqual(stored);
    await next.open();
    expect(next.sockets.last.sent).toMatchObject([
      { type: "chat.send", message: "one", conversationId: "c", idempotencyKey: "key-1" },
    ]);
    answer(next, "chat.send", accepted);
    expect(next.live.unacknowledged()).toEqual([]);
  });

  it("can be discarded", async () => {
    const stage = setStage();
    const send = outcome(stage.live.send({ message: "one" }));
    expect(stage.live.discard("nothing")).toBe(false);
    expect(stage.live.discard("key-1")).toBe(true);
    expect(await send).toBe("discarded");
    await stage.open();
    await settle();
    expect(stage.sockets.last.sent).toEqual([]);
  });
});
