import { expect, it } from "vitest";
import { settle } from "../testing/manual-clock.ts";
import { json, noServer, problem, setStage } from "../testing/stage.ts";

it.each(["shutting-down", "starting"])(
  "what a server refuses over HTTP (%s) is said again to the next one, also when nothing is followed",
  async (code) => {
    const stage = setStage({ WebSocket: null });
    let sent = 0;
    let life: "stopping" | "gone" | "back" = "stopping";
    stage.answer = (request) => {
      if (life === "gone") return noServer();
      if (request.method !== "POST") return json({ items: [] });
      sent += 1;
      if (life === "stopping") return problem(503, code);
      return json({ conversationId: "c", turnId: "t", messageId: "m", seq: 1, cursor: "e~1~x" });
    };
    await settle();
    const accepted = stage.live.send({ message: "hello" });
    await settle();
    expect(sent).toBe(1);
    life = "gone";
    await stage.clock.advance(120_000);
    expect(stage.live.unacknowledged()).toHaveLength(1);
    life = "back";
    await stage.clock.advance(120_000);
    expect(stage.live.unacknowledged()).toEqual([]);
    expect(await accepted).toMatchObject({ turnId: "t" });
  },
);

it("a request of which only a part got through is made again: nobody who follows is sent away, nothing sent is lost", async () => {
  const stage = setStage({ WebSocket: null });
  const late = { "/chat": true, "/conversations/c/events": true };
  stage.answer = (request) => {
    const path = new URL(request.url).pathname as keyof typeof late;
    if (late[path]) {
      late[path] = false;
      return problem(408, "request-timeout");
    }
    if (path === "/chat")
      return json({ conversationId: "c", turnId: "t", messageId: "m", seq: 1, cursor: "e~1~x" });
    if (path === "/conversations/c/events")
      return new Response(new ReadableStream(), { headers: { "content-type": "text/event-stream" } });
    return json({ items: [] });
  };
  await settle();
  const ends: string[] = [];
  stage.live.follow("c", {
    onItems: () => undefined,
    onEnd: ({ code }) => void ends.push(code),
    after: "0",
  });
  const accepted = stage.live.send({ message: "hello", conversationId: "c" });
  await stage.clock.advance(60_000);
  expect(await accepted).toMatchObject({ turnId: "t" });
  expect(ends).toEqual([]);
  expect(stage.requested.filter((each) => each.includes("/events")).length).toBeGreaterThan(1);
});
