import { describe, expect, it } from "vitest";
import type { StreamItem } from "../../follow.ts";
import { settle } from "../testing/manual-clock.ts";
import { snapshotOf, type Told, tell, turn } from "../testing/script.ts";
import { json, problem, type Stage, setStage } from "../testing/stage.ts";

const told = tell(turn(1, [["Hel", "lo"]]));

/** An answer that the test writes bit by bit. */
function stream() {
  let to: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      to = controller;
    },
  });
  const write = (text: string) => to?.enqueue(new TextEncoder().encode(text));
  return {
    response: new Response(body, { headers: { "content-type": "text/event-stream" } }),
    beat: () => write(":\n\n"),
    tell: (part: readonly Told[]) => {
      for (const { event, cursor } of part)
        write(`id: ${cursor}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    },
    snapshot: (part: readonly Told[]) => {
      const snapshot = snapshotOf(part);
      write(`id: ${snapshot.cursor}\nevent: snapshot\ndata: ${JSON.stringify(snapshot)}\n\n`);
    },
    end: () => to?.close(),
    cut: () => to?.error(new TypeError("terminated")),
  };
}

async function start(routes: (path: string, request: Request) => Response | undefined): Promise<Stage> {
  const stage = setStage({ WebSocket: null });
  stage.answer = (request) => {
    const { pathname, search } = new URL(request.url);
    return routes(`${request.method} ${pathname}${search}`, request) ?? json({ items: [] });
  };
  await settle();
  expect(stage.live.state).toEqual({ kind: "open", transport: "sse" });
  return stage;
}
function collect() {
  const items: StreamItem[] = [];
  const ends: string[] = [];
  return {
    items,
    ends,
    follower: {
      onItems: (more: readonly StreamItem[]) => void items.push(...more),
      onEnd: ({ code }: { code: string }) => void ends.push(code),
    },
  };
}
const shown = ({ items }: { items: StreamItem[] }) =>
  items.map(({ event, snapshot }) => event?.type ?? `snapshot ${snapshot?.seq}`);

describe("over server-sent events", () => {
  it("a conversation goes on at its cursor after a cut, and takes a snapshot where that is not honoured", async () => {
    const streams = [stream(), stream(), stream()];
    const asked: string[] = [];
    const stage = await start((path) => {
      if (!path.includes("/events")) return undefined;
      asked.push(path);
      return streams[asked.length - 1]?.response;
    });
    const seen = collect();
    stage.live.follow("c", seen.follower);
    await settle();
    streams[0]?.snapshot(told.slice(0, 2));
    streams[0]?.tell(told.slice(2, 3));
    await settle();
    streams[0]?.cut();
    await stage.clock.advance(500);
    streams[1]?.tell(told.slice(3, 5));
    await settle();
    streams[1]?.cut();
    await stage.clock.advance(1_000);
    streams[2]?.snapshot(told);
    await settle();
    expect(shown(seen)).toEqual([
      "snapshot 2",
      "text-delta",
      "text-delta",
      "text",
      `snapshot ${snapshotOf(told).seq}`,
    ]);
    expect(asked.map((path) => new URL(path.slice(4), "http://x").searchParams.get("after"))).toEqual([
      null,
      told[2]?.cursor,
      told[4]?.cursor,
    ]);
    stage.live.close();
    expect(stage.clock.pending).toBe(0);
  });

  it("a stream that says nothing for 40 s is dead; a comment is something", async () => {
    const alive = stream();
    const stage = await start((path) => (path.includes("/events") ? alive.response : undefined));
    stage.live.follow("c", { ...collect().follower, after: "0" });
    for (let n = 0; n < 5; n += 1) {
      await stage.clock.advance(30_000);
      alive.beat();
      await settle();
    }
    expect(stage.live.state.kind).toBe("open");
    await stage.clock.advance(40_000);
    expect(stage.live.state).toMatchObject({ kind: "waiting", error: { code: "stream-ended" } });
  });

  it("a deleted conversation ends for its followers, and nothing else does", async () => {
    const [gone, kept] = [stream(), stream()];
    const stage = await start((path) => {
      if (path.startsWith("GET /conversations/gone/events")) return gone.response;
      if (path.startsWith("GET /conversations/kept/events")) return kept.response;
      return path === "GET /conversations/gone" ? problem(404, "conversation-not-found") : undefined;
    });
    const [one, other] = [collect(), collect()];
    stage.live.follow("gone", { ...one.follower, after: "0" });
    stage.live.follow("kept", { ...other.follower, after: "0" });
    await settle();
    gone.end();
    await settle();
    expect([one.ends, other.ends]).toEqual([["conversation-not-found"], []]);
    expect(stage.live.state.kind).toBe("open");
  });

  it("requests are those of HTTP, with their keys; what needs a socket says so", async () => {
    const calls: unknown[] = [];
    const stage = await start((path, request) => {
      if (request.method === "GET") return undefined;
      calls.push([path, request.headers.get("idempotency-key")]);
      return path.includes("/queue/")
        ? new Response(null, { status: 204 })
        : json({ aborted: true, status: "idle" });
    });
    expect(await stage.live.stop("c", "t")).toEqual({ aborted: true, status: "idle" });
    await stage.live.queue({ conversationId: "c", message: "later" });
    await stage.live.cancel("c", "m/1");
    await stage.live.resolveApproval("a", "allow");
    await stage.live.request("surface.invoke", { surface: "s", action: "a", value: 1, idempotencyKey: "k" });
    expect(await stage.live.request("surface.subscribe", { surface: "s" })).toEqual({ items: [] });
    expect(await stage.live.request("surface.unsubscribe", { surface: "s" })).toEqual({});
    expect(stage.requested.at(-1)).toBe("GET http://dispatch.test:1/surfaces/s");
    expect(calls).toEqual([
      ["POST /conversations/c/stop", null],
      ["POST /conversations/c/queue", "key-1"],
      ["DELETE /conversations/c/queue/m%2F1", null],
      ["POST /approvals/a", null],
      ["POST /surfaces/s/a", "k"],
    ]);
    await expect(stage.live.request("ext.own.op")).rejects.toMatchObject({
      code: "not-implemented",
      message: "ext.own.op needs a WebSocket, and none gets through here.",
    });
  });

  it("a send is repeated under its key when its answer was cut off, and what the server refuses is refused", async () => {
    let cuts = 2;
    const keys: unknown[] = [];
    const accepted = { conversationId: "c", turnId: "t", messageId: "m", seq: 1, cursor: "e~1~x" };
    const stage = await start((path, request) => {
      if (path !== "POST /chat") return undefined;
      keys.push([request.headers.get("idempotency-key"), request.headers.get("prefer")]);
      if (cuts === 0) return json(accepted);
      cuts -= 1;
      throw new TypeError("fetch failed");
    });
    const sent = stage.live.send({ message: "hi" });
    await stage.clock.advance(5_000);
    expect(await sent).toEqual(accepted);
    expect(keys.slice(0, 3)).toEqual(Array(3).fill(["key-1", "respond-async"]));
    stage.answer = () => problem(409, "conversation-busy");
    await expect(stage.live.send({ message: "again" })).rejects.toMatchObject({ code: "conversation-busy" });
  });

  it("the list is looked at now and then, and told when it is another", async () => {
    let items = [{ id: "a" }];
    const stage = await start((path) => (path === "GET /conversations" ? json({ items }) : undefined));
    const rows: string[] = [];
    const list = stage.live.list({
      onRows: (all) => void rows.push(all.map(({ id }) => id).join()),
      onChange: () => undefined,
      onDeleted: () => undefined,
    });
    await settle();
    await stage.clock.advance(5_000);
    items = [{ id: "a" }, { id: "b" }];
    await stage.clock.advance(5_000);
    list.close();
    await settle();
    items = [];
    await stage.clock.advance(10_000);
    expect(rows).toEqual(["a", "a,b"]);
    expect(stage.clock.pending).toBe(0);
  });

  it("a token that is revoked meanwhile is the end", async () => {
    const stage = await start(() => undefined);
    stage.answer = () => problem(401, "unauthorized");
    const stopped = stage.live.stop("c");
    await expect(stopped).rejects.toMatchObject({ code: "connection-lost" });
    expect(stage.live.state).toMatchObject({ kind: "refused", error: { code: "unauthorized" } });
  });
});
