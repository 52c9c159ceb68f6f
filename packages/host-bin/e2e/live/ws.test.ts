/** The socket of the real program: devices that come and go, an approval, a restart; every frame is checked as it comes. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { calls, reply, text } from "@dispatch/provider-openai/testing";
import type { Approval, ConversationRow } from "@dispatch/wire";
import { afterAll, beforeAll, expect, it } from "vitest";
import { assistantText } from "../support/api.ts";
import { runDispatch } from "../support/cli.ts";
import { openSocket } from "../support/socket.ts";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({ args: [] });
  await writeFile(join(stage.cwd, "a.txt"), "alpha");
});
afterAll(() => stage.end());

const words = (count: number, label: string) =>
  Array.from({ length: count }, (_, n) => `${label}${n}😀 `).join("");

it("shows two devices the same turn, one of them cut over and over, and the list as it changes", async () => {
  let cuts = 0;
  // As many steps as some cuts need on this machine.
  const answers = (step: number) => () => {
    if (step > 0 && cuts > 5) return reply(text(words(120, "z"), { chunks: 120, everyMs: 4 }));
    stage.provider.script(answers(step + 1));
    return reply(
      text(words(80, `a${step}-`), { chunks: 80, everyMs: 4 }),
      calls({ name: "read_file", args: { path: "a.txt", offset: step + 1 } }),
    );
  };
  stage.provider.script(answers(0));
  const steady = await openSocket(stage.server);
  expect(steady.ws.protocol).toBe("dispatch.v1");
  const list = await steady.ask({ type: "conversations.subscribe" });
  expect(list).toMatchObject({ type: "ok", items: [] });
  const ok = await steady.ask({ type: "chat.send", message: "go", conversationId: "two", cwd: stage.cwd });
  expect(ok).toMatchObject({ type: "ok", conversationId: "two" });

  let roaming = await openSocket(stage.server);
  await roaming.ask({ type: "chat.subscribe", conversationId: "two", after: "0" });
  for (let sealed = false; !sealed; ) {
    const place = roaming.cursors.get("two");
    await roaming.until(({ type, cursor }) => type === "chat.delta" && cursor !== place);
    // More frames may be there than the one that was waited for.
    sealed = JSON.stringify(roaming.frames).includes('"turn-sealed"') || cuts === 40;
    if (sealed) break;
    roaming.ws.terminate();
    cuts++;
    roaming = await openSocket(stage.server, roaming);
    const again = await roaming.ask({
      type: "chat.subscribe",
      conversationId: "two",
      after: roaming.cursors.get("two"),
    });
    expect(again).toMatchObject({ mode: "replay" });
  }
  await Promise.all([steady.sealed("two"), roaming.sealed("two")]);
  expect(cuts).toBeGreaterThan(5);
  const sent = stage.provider.sent.map((each) => each.text).join("");
  const messages = await stage.api.messages("two");
  for (const device of [steady, roaming]) {
    expect(assistantText(device.views.get("two")?.messages ?? [])).toBe(sent);
    expect(device.views.get("two")?.messages.slice(-3)).toEqual(messages.slice(-3));
  }
  const idle = await steady.until(
    ({ type, id, conversation }) =>
      type === "conversation.changed" && id === "two" && (conversation as ConversationRow).status === "idle",
  );
  expect(idle.conversation).toMatchObject({ lastTurn: { reason: "completed" } });
  steady.ws.close();
  roaming.ws.close();
});

it("lets any device answer an approval", async () => {
  stage.provider.script(reply(calls({ name: "run_command", args: { argv: ["echo", "hi"] } })));
  stage.provider.script(reply(text("done")));
  const [asking, answering] = await Promise.all([openSocket(stage.server), openSocket(stage.server)]);
  await asking.ask({ type: "chat.send", message: "go", conversationId: "ask", cwd: stage.cwd });
  await asking.until((frame) => JSON.stringify(frame).includes('"approval-requested"'));
  const subscribed = await answering.ask({ type: "chat.subscribe", conversationId: "ask" });
  const { approvals } = subscribed.snapshot as { approvals: Approval[] };
  const approvalId = approvals[0]?.approvalId;
  expect(await answering.ask({ type: "approval.resolve", approvalId, decision: "allow" })).toMatchObject({
    type: "ok",
  });
  await Promise.all([asking.sealed("ask"), answering.sealed("ask")]);
  expect(assistantText(asking.views.get("ask")?.messages ?? [])).toBe("done");
  expect(asking.views.get("ask")?.messages).toEqual(await stage.api.messages("ask"));
  expect(await asking.ask({ type: "approval.resolve", approvalId, decision: "deny" })).toMatchObject({
    type: "error",
    error: { code: "approval-not-found" },
  });
  asking.ws.close();
  answering.ws.close();
});

it("is closed with 1001 when the server stops, and goes on from its cursor when it is back", async () => {
  const device = await openSocket(stage.server);
  await device.ask({ type: "chat.subscribe", conversationId: "ask" });
  const cursor = device.cursors.get("ask");
  expect(await stage.server.stop()).toBe(0);
  expect(await device.ended).toBe(1001);
  await stage.restart();
  stage.provider.script(reply(text("more")));
  await stage.api.chat({ message: "again", conversationId: "ask", cwd: stage.cwd });
  const back = await openSocket(stage.server, device);
  expect(await back.ask({ type: "chat.subscribe", conversationId: "ask", after: cursor })).toMatchObject({
    mode: "replay",
    cursor,
  });
  await back.sealed("ask");
  expect(assistantText(back.views.get("ask")?.messages ?? [])).toBe("donemore");
  expect(back.views.get("ask")?.messages).toEqual(await stage.api.messages("ask"));
  back.ws.close();
});

it("`chat --open` asks every device to show the conversation", async () => {
  const device = await openSocket(stage.server);
  await device.ask({ type: "conversations.subscribe" });
  for (const flags of [["--open"], ["--open", "--detach"]]) {
    stage.provider.script(reply(text("Here.")));
    const chat = ["chat", "-c", `shown${flags.length}`, "--cwd", stage.cwd, ...flags, "look"];
    const run = await runDispatch(chat, { home: stage.dataDir, dataDir: stage.dataDir });
    expect(run).toMatchObject({ code: 0 });
    const asked = (frame: { type: string }) =>
      frame.type === "conversation.open" && "conversationId" in frame && frame.conversationId === chat[2];
    await device.until(asked);
  }
  device.ws.close();
});
