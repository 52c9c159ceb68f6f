import { scriptedProvider, textReply } from "@dispatch/kernel/testing";
import { afterEach, expect, test } from "vitest";
import { connect } from "../test/socket-client.ts";
import { type SocketStage, startSocketStage } from "../test/start-socket.ts";

let stage: SocketStage;
afterEach(() => stage.stop());

test("a message is sent, accepted, and followed to its end", async () => {
  stage = await startSocketStage({ provider: scriptedProvider([textReply("Hello there.")]) });
  const client = await connect(stage.port);
  expect(client.frames[0]).toMatchObject({
    type: "hello",
    protocol: { min: 1, max: 1 },
    server: { name: "dispatch" },
    scopes: ["read", "write", "approve", "admin"],
    limits: { frameBytes: 1_048_576, subscriptions: 256 },
  });
  const ok = await client.ask({ type: "chat.send", message: "Hi", conversationId: "c1" });
  expect(ok).toMatchObject({ type: "ok", conversationId: "c1", seq: 1 });
  await client.event("c1", "turn-sealed");
  expect(client.frames.map(({ type }) => type).slice(0, 3)).toEqual(["hello", "ok", "chat.subscribed"]);
  expect(client.frames[2]).not.toHaveProperty("id");
  expect(client.frames[2]).toMatchObject({ mode: "replay" });
  const { items } = await stage.sessions.messages("c1", {});
  expect(client.views.get("c1")?.messages).toEqual(items);
  await client.close();
});
