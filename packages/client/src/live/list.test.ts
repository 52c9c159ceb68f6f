import type { ConversationRow } from "@dispatch/wire";
import { expect, it } from "vitest";
import { type Stage, setStage } from "./testing/stage.ts";

const row = (id: string, head = 1) => ({ id, head }) as ConversationRow;
const heard = () => {
  const lines: string[] = [];
  return {
    lines,
    options: {
      onRows: (rows: readonly ConversationRow[], next: string | undefined) =>
        void lines.push(`rows ${rows.map(({ id }) => id).join()} ${next ?? ""}`.trim()),
      onChange: ({ id }: ConversationRow, reason: string) => void lines.push(`${id} ${reason}`),
      onDeleted: (id: string) => void lines.push(`deleted ${id}`),
      onEnd: ({ code }: { code: string }) => void lines.push(`end ${code}`),
    },
  };
};
const answer = (stage: Stage, items: ConversationRow[], more = {}) =>
  stage.sockets.last.give({
    type: "ok",
    id: stage.sockets.last.of("conversations.subscribe").at(-1)?.id,
    items,
    ...more,
  });
const change = (stage: Stage, id: string) =>
  stage.sockets.last.give({ type: "conversation.changed", id, reason: "renamed", conversation: row(id, 2) });

it("is the rows of a moment, every change after it, and the rows anew after a reconnect", async () => {
  const stage = setStage();
  const { lines, options } = heard();
  const list = stage.live.list(options);
  await stage.open();
  change(stage, "before"); // what the rows that come hold already
  answer(stage, [row("a"), row("b")], { nextCursor: "n" });
  change(stage, "a");
  stage.sockets.last.give({ type: "conversation.deleted", conversationId: "b" });
  stage.sockets.last.drop(1001);
  await stage.clock.advance(500);
  await stage.open();
  answer(stage, [row("a")]);
  expect(lines).toEqual(["rows a,b n", "a renamed", "deleted b", "rows a"]);
  const later = heard();
  stage.live.list(later.options);
  answer(stage, [row("c")]);
  expect(later.lines).toEqual(["rows c"]);
  list.close();
  expect(stage.sockets.last.of("conversations.unsubscribe")).toHaveLength(0);
  stage.live.close();
  expect([lines.at(-1), later.lines.at(-1)]).toEqual(["rows c", "end closed"]);
});

it("ends when it may not be read, and is asked for again from a server in trouble", async () => {
  const stage = setStage();
  const { lines, options } = heard();
  stage.live.list(options);
  await stage.open();
  const refuse = (status: number, code: string) =>
    stage.sockets.last.give({
      type: "error",
      id: stage.sockets.last.of("conversations.subscribe").at(-1)?.id,
      error: { type: "x", title: code, status, code },
    });
  refuse(500, "internal");
  await stage.clock.advance(5_000);
  expect(stage.sockets.last.of("conversations.subscribe")).toHaveLength(2);
  refuse(403, "forbidden-scope");
  expect(lines).toEqual(["end forbidden-scope"]);
});
