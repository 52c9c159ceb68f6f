import type { DispatchEvent } from "@dispatch/wire";
import { expect, it } from "vitest";
import type { StreamItem } from "../../follow.ts";
import { snapshotOf, tell, turn } from "../testing/script.ts";
import { setStage } from "../testing/stage.ts";
import { admit, newPosition } from "./position.ts";

const told = tell(turn(1, [["Hel", "lo ", "you"]]));
const end = told.at(-1)?.cursor;

function setScene() {
  const stage = setStage();
  const follow = (after?: string) => {
    const items: StreamItem[] = [];
    const onItems = (more: readonly StreamItem[]) => void items.push(...more);
    stage.live.follow("c", { onItems, onEnd: () => undefined, after });
    return items;
  };
  const give = (type: string, fields: object) =>
    stage.sockets.last.give({ type, conversationId: "c", ...fields });
  const asked = () => stage.sockets.last.of("chat.subscribe");
  return { stage, follow, give, asked };
}

it("who joins without a place hears nothing before its snapshot, whatever the others are told meanwhile", async () => {
  const { stage, follow, give, asked } = setScene();
  const first = follow("0");
  await stage.open();
  const second = follow();
  const [one, two] = asked();
  give("chat.subscribed", { id: one?.id, mode: "replay", cursor: "0" });
  give("chat.delta", { cursor: told[1]?.cursor, events: told.slice(0, 2).map(({ event }) => event) });
  expect(first).toHaveLength(2);
  expect(second).toEqual([]);
  const snapshot = snapshotOf(told);
  give("chat.subscribed", { id: two?.id, mode: "snapshot", cursor: end, snapshot });
  expect(second).toEqual([{ cursor: end, snapshot }]);
});

it("the answer to one question is not taken for that to the next: it is asked again when that fails", async () => {
  const { stage, follow, give, asked } = setScene();
  follow("0");
  await stage.open();
  const second = follow();
  const [one, two] = asked();
  give("chat.subscribed", { id: one?.id, mode: "replay", cursor: "0" });
  const error = { type: "x", title: "busy", status: 503, code: "store-failed" };
  stage.sockets.last.give({ type: "error", id: two?.id, error });
  await stage.clock.advance(30_000);
  const three = asked().at(-1);
  expect(three?.id).not.toBe(two?.id);
  const snapshot = snapshotOf(told);
  give("chat.subscribed", { id: three?.id, mode: "snapshot", cursor: end, snapshot });
  expect(second).toEqual([{ cursor: end, snapshot }]);
});

it("a call that a resumed turn runs again says what it says from the beginning", () => {
  const position = newPosition(3, [["k", 10]]);
  const start = { type: "turn-start", seq: 4, attempt: 2 } as unknown as DispatchEvent;
  const output = { type: "tool-output", block: "k", at: 0, text: "anew" } as unknown as DispatchEvent;
  expect(admit(position, output)).toBe("known");
  expect(admit(position, start)).toBe(start);
  expect(admit(position, output)).toBe(output);
});
