import { scriptedProvider, textReply } from "@dispatch/kernel/testing";
import { expect, it } from "vitest";
import { approvals, sessions } from "../ports.ts";
import { startStage } from "../testing/stage.ts";

it("goes on when the orchestrator is started anew in a running server, as with what it needs", async () => {
  const provider = scriptedProvider([
    [{ type: "text", text: "half" }, { silence: true }],
    textReply("whole"),
  ]);
  const stage = await startStage({ provider });
  await stage.sessions.send({ message: "go", conversationId: "c" }, { credential: "t" });
  await stage.clock.settle();
  await stage.host.reload("test-models");
  const again = stage.host.get(sessions);
  expect(await again.last("c", { timeoutMs: 1_000 })).toMatchObject({ text: "whole", reason: "completed" });
  await expect(stage.host.get(approvals).resolve("none", { decision: "allow" })).rejects.toMatchObject({
    code: "approval-not-found",
  });
  await stage.host.stop();
});
