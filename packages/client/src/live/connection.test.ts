import { describe, expect, it, vi } from "vitest";
import { settle } from "./testing/manual-clock.ts";
import { json, problem, type Stage, setStage } from "./testing/stage.ts";

/** The socket fails; how long is waited for the next try. */
async function cut(stage: Stage, code?: number): Promise<number | string> {
  stage.sockets.last.drop(code);
  await settle();
  const { state } = stage.live;
  return state.kind === "waiting" ? state.nextTryAt - stage.clock.now() : state.kind;
}

describe("a connection", () => {
  it("is asked of the configured origin with the token as a subprotocol, and is open after the hello", async () => {
    const stage = setStage({ url: "https://example.test/some/page?x#y" });
    expect(stage.sockets.last).toMatchObject({
      url: "wss://example.test/ws",
      protocols: ["dispatch.v1", "dispatch.token.secret"],
    });
    expect(stage.live.state).toEqual({ kind: "connecting" });
    await stage.open();
    expect(stage.live.state).toEqual({ kind: "open", transport: "ws" });
    expect(stage.requested).toEqual([]);
  });

  it("is tried again after 1 s, 2 s, 4 s … 30 s, half of it by chance, and at once when asked to", async () => {
    const stage = setStage();
    const waits: unknown[] = [];
    for (let n = 0; n < 7; n += 1) {
      const wait = await cut(stage);
      waits.push(wait);
      await stage.clock.advance(Number(wait) - 1);
      expect(stage.sockets.all).toHaveLength(n + 1);
      await stage.clock.advance(1);
      expect(stage.sockets.all).toHaveLength(n + 2);
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
    await cut(stage);
    stage.live.retry();
    expect(stage.live.state.kind).toBe("connecting");
    expect(stage.sockets.all).toHaveLength(9);
  });

  it("begins with short pauses again only after it has held for a while", async () => {
    const stage = setStage();
    for (const expected of [500, 1_000]) {
      await stage.open();
      await stage.clock.advance(9_000);
      expect(await cut(stage)).toBe(expected);
      await stage.clock.advance(expected);
    }
    await stage.open();
    await stage.clock.advance(10_000);
    expect(await cut(stage)).toBe(500);
  });

  it("comes back at once when it was too slow, but not over and over", async () => {
    const stage = setStage();
    await stage.open();
    expect(await cut(stage, 4000)).toBe("connecting");
    await stage.open();
    expect(await cut(stage, 4000)).toBe(500);
  });

  it("waits when the server goes away", async () => {
    const stage = setStage();
    await stage.open();
    expect(await cut(stage, 1001)).toBe(500);
    expect(stage.live.state).toMatchObject({ error: { code: "stream-ended" } });
  });

  it.each([
    [
      "the server revokes the token",
      async (stage: Stage) => {
        await stage.open();
        stage.sockets.last.drop(4001);
      },
    ],
    [
      "the upgrade fails and HTTP says 401",
      async (stage: Stage) => {
        stage.answer = () => problem(401, "unauthorized");
        stage.sockets.last.drop();
      },
    ],
    [
      "the upgrade fails and HTTP says 403",
      async (stage: Stage) => {
        stage.answer = () => problem(403, "forbidden-host");
        stage.sockets.last.drop();
      },
    ],
  ])("is refused for good when %s", async (_when, end) => {
    const stage = setStage();
    await end(stage);
    await settle();
    expect(stage.live.state).toMatchObject({ kind: "refused", error: { code: /unauthorized|forbidden/ } });
    await stage.clock.advance(120_000);
    expect(stage.sockets.all).toHaveLength(1);
    expect(stage.clock.pending).toBe(0);
  });

  it("honours Retry-After", async () => {
    const stage = setStage();
    stage.answer = () => problem(503, "shutting-down", { retryAfterMs: 7_000 });
    expect(await cut(stage)).toBe(7_000);
  });

  it("that says no hello in 10 s, or speaks another version, has failed", async () => {
    const stage = setStage();
    await stage.clock.advance(10_000);
    expect(stage.live.state.kind).toBe("waiting");
    await stage.clock.advance(500);
    stage.sockets.last.hello({ protocol: { min: 2, max: 3 } });
    await settle();
    expect(stage.live.state.kind).toBe("waiting");
  });

  it("says what it is doing to whoever listens, and closes without leaving a timer", async () => {
    const stage = setStage();
    const kinds: string[] = [];
    stage.live.onState(({ kind }) => kinds.push(kind));
    await stage.open();
    await cut(stage);
    stage.live.close();
    expect(kinds).toEqual(["open", "waiting", "closed"]);
    expect(stage.clock.pending).toBe(0);
  });
});

describe("silence", () => {
  it("of 15 s is answered with a ping, and 25 s without any frame after it mean that the connection is dead", async () => {
    const stage = setStage();
    await stage.open();
    const [first] = stage.sockets.all;
    await stage.clock.advance(14_999);
    expect(first?.sent).toEqual([]);
    await stage.clock.advance(1);
    expect(first?.of("ping")).toHaveLength(1);
    await stage.clock.advance(24_999);
    expect(stage.live.state.kind).toBe("open");
    await stage.clock.advance(1);
    expect(stage.live.state.kind).toBe("waiting");
    expect(first?.isClosed).toBe(true);
  });

  it("ends with any frame", async () => {
    const stage = setStage();
    await stage.open();
    for (let n = 0; n < 10; n += 1) {
      await stage.clock.advance(30_000);
      stage.sockets.last.give({ type: "notice", level: "info", text: "still here" });
    }
    expect(stage.live.state.kind).toBe("open");
    expect(stage.sockets.all).toHaveLength(1);
  });

  it("that is only a timer which ran late does not count", async () => {
    const stage = setStage();
    await stage.open();
    await stage.clock.leap(300_000);
    expect(stage.live.state.kind).toBe("open");
    expect(stage.sockets.last.of("ping")).toHaveLength(1);
  });
});

describe("frames", () => {
  it("of unknown types and what is no frame are ignored; others reach their listeners, whatever one of them throws", async () => {
    const stage = setStage();
    await stage.open();
    const thrown: unknown[] = [];
    vi.stubGlobal("queueMicrotask", (run: () => void) => {
      try {
        run();
      } catch (error) {
        thrown.push(error);
      }
    });
    const heard: unknown[] = [];
    stage.live.on("notice", () => {
      throw new Error("mine");
    });
    const undo = stage.live.on("notice", (frame) => heard.push(frame.text));
    for (const data of ["{", "null", "[]", '{"type":5}', new ArrayBuffer(2)]) stage.sockets.last.raw(data);
    stage.sockets.last.give({ type: "tomorrow", id: "x" });
    stage.sockets.last.give({ type: "ok", id: "nobody" });
    stage.sockets.last.give({
      type: "error",
      error: { code: "bad-request", title: "No", status: 400, type: "x" },
    });
    stage.sockets.last.give({ type: "notice", text: "one" });
    undo();
    stage.sockets.last.give({ type: "notice", text: "two" });
    vi.unstubAllGlobals();
    expect(heard).toEqual(["one"]);
    expect(thrown).toHaveLength(2);
    expect(stage.live.state.kind).toBe("open");
  });
});

describe("without a WebSocket", () => {
  it("server-sent events do, and a WebSocket is tried now and then", async () => {
    const stage = setStage();
    stage.answer = () => json({ items: [] });
    expect(await cut(stage)).toBe("open");
    expect(stage.live.state).toEqual({ kind: "open", transport: "sse" });
    for (const pause of [60_000, 120_000]) {
      const tried = stage.sockets.all.length;
      await stage.clock.advance(pause - 1);
      expect(stage.sockets.all).toHaveLength(tried);
      await stage.clock.advance(1);
      expect(stage.sockets.all).toHaveLength(tried + 1);
      stage.sockets.last.drop();
      expect(stage.live.state).toEqual({ kind: "open", transport: "sse" });
    }
    await stage.clock.advance(240_000);
    await stage.open();
    expect(stage.live.state).toEqual({ kind: "open", transport: "ws" });
    expect(await cut(stage)).toBe(500);
    stage.live.close();
    expect(stage.clock.pending).toBe(0);
  });

  it("one that has worked is not given up for a bad moment", async () => {
    const stage = setStage();
    await stage.open();
    stage.answer = () => json({ items: [] });
    for (const expected of [500, 1_000, 2_000]) {
      expect(await cut(stage)).toBe(expected);
      await stage.clock.advance(expected);
    }
    expect(await cut(stage)).toBe("open");
    expect(stage.live.state).toEqual({ kind: "open", transport: "sse" });
  });

  it.each([
    ["none is given", null],
    [
      "it throws, as for ws: in a page under https",
      function WebSocket() {
        throw new Error("SecurityError");
      },
    ],
  ])("that is so when %s", async (_when, WebSocket) => {
    const stage = setStage({ WebSocket: WebSocket as never });
    stage.answer = () => json({ items: [] });
    await stage.clock.advance(0);
    await settle();
    expect(stage.live.state).toEqual({ kind: "open", transport: "sse" });
  });

  it("the token goes to the configured origin only", async () => {
    const stage = setStage({ WebSocket: null });
    const seen: (string | null)[] = [];
    stage.answer = (request) => {
      seen.push(request.redirect, request.headers.get("authorization"));
      return json({ items: [] });
    };
    await settle();
    expect(seen).toEqual(["error", "Bearer secret"]);
    expect(stage.requested.every((line) => line.startsWith("GET http://dispatch.test:1/"))).toBe(true);
  });
});
