/** The live client against the real program: over a WebSocket and over server-sent events, a turn, the list, an approval. */
import { createLive, type Live, type LiveView, type StreamItem } from "@dispatch/client";
import { calls, reply, text } from "@dispatch/provider-openai/testing";
import type { ConversationRow } from "@dispatch/wire";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { assistantText } from "../support/api.ts";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
const open = new Set<Live>();
beforeAll(async () => {
  stage = await setStage({ args: [] });
});
afterEach(() => {
  for (const live of open) live.close();
  open.clear();
});
afterAll(() => stage.end());

function connect(transport: "ws" | "sse"): Live {
  const live = createLive({ ...stage.server, WebSocket: transport === "ws" ? WebSocket : null, pollMs: 50 });
  open.add(live);
  return live;
}

const untilView = (live: Live, id: string, fits: (view: LiveView) => boolean): Promise<LiveView> =>
  new Promise((resolve, reject) => {
    const watched = live.watch(id, {
      onChange(view) {
        if (!fits(view)) return;
        watched.close();
        resolve(view);
      },
      onEnd: reject,
    });
  });

describe.each(["ws", "sse"] as const)("over %s", (transport) => {
  it("sends, follows the turn from its first record on, and watches it as a view", async () => {
    stage.provider.script(reply(text("Hello 😀 there", { chunks: 5, everyMs: 5 })));
    const live = connect(transport);
    const items: StreamItem[] = [];
    let sealed = (): void => undefined;
    const end = new Promise<void>((resolve) => {
      sealed = resolve;
    });
    const chat = await live.chat(
      { message: "hi", cwd: stage.cwd },
      {
        onItems(more) {
          items.push(...more);
          if (more.some(({ event }) => event?.type === "turn-sealed")) sealed();
        },
        onEnd: () => undefined,
      },
    );
    expect(live.state).toEqual({ kind: "open", transport });
    await end;
    expect(items[0]?.event).toMatchObject({ type: "user-message", text: "hi", seq: chat.seq });
    expect(items.some(({ snapshot }) => snapshot)).toBe(false);
    chat.close();
    const view = await untilView(live, chat.conversationId, () => true);
    expect(assistantText(view.view.messages)).toBe("Hello 😀 there");
  });

  it("shows the list and its changes, lets an approval be answered, and stops a turn", async () => {
    stage.provider.script(reply(calls({ name: "run_command", args: { argv: ["echo", "hi"] } })));
    stage.provider.script(reply(text("word ".repeat(500), { chunks: 500, everyMs: 20 })));
    const live = connect(transport);
    const id = `list-${transport}`;
    let told = (_row: ConversationRow): void => undefined;
    const active = new Promise<ConversationRow>((resolve) => {
      told = (row) => row.id === id && row.status === "active" && resolve(row);
    });
    live.list({
      onRows: (rows) => rows.forEach(told),
      onChange: (row) => told(row),
      onDeleted: () => undefined,
    });
    await live.send({ message: "go", conversationId: id, cwd: stage.cwd });
    expect(await active).toMatchObject({ id });
    const asked = await untilView(live, id, ({ approvals }) => approvals.length > 0);
    await live.resolveApproval(asked.approvals[0]?.approvalId ?? "", "allow");
    await untilView(live, id, ({ view }) => [...view.open.values()].some(({ kind }) => kind === "text"));
    expect(await live.stop(id)).toMatchObject({ aborted: true });
    const over = await untilView(live, id, ({ view }) => view.turn === undefined);
    expect(over.view.messages).toEqual(await stage.api.messages(id));
  });

  it("ends what follows a conversation that is not there, and refuses a wrong token", async () => {
    const live = connect(transport);
    await expect(untilView(live, "nobody", () => true)).rejects.toMatchObject({
      code: "conversation-not-found",
    });
    const other = createLive({
      ...stage.server,
      token: "wrong",
      WebSocket: transport === "ws" ? WebSocket : null,
    });
    open.add(other);
    await new Promise<void>((resolve) => other.onState(({ kind }) => kind === "refused" && resolve()));
    expect(other.state).toMatchObject({ kind: "refused", error: { code: "unauthorized" } });
  });
});
