import { expect, it } from "vitest";
import { settle } from "../testing/manual-clock.ts";
import { json, noServer, problem, setStage } from "../testing/stage.ts";

it("what a stopping server refuses over HTTP is said again to the next one, also when nothing is followed", async () => {
  const stage = setStage({ WebSocket: null });
  let sent = 0;
  let life: "stopping" | "gone" | "back" = "stopping";
  stage.answer = (request) => {
    if (life === "gone") return noServer();
    if (request.method !== "POST") return json({ items: [] });
    sent += 1;
    if (life === "stopping") return problem(503, "shutting-down");
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
});
