import type { TurnActivity } from "@dispatch/session-orchestrator/ports";
import { expect, test } from "vitest";
import { type Stalls, watch } from "./watch.ts";

const settings = { stallMs: 100, abortMs: 0 };
const turn = (lastProgressAt: number, waiting?: TurnActivity["waiting"]): TurnActivity => ({
  conversationId: "c",
  turnId: "t",
  model: "test/scripted",
  settings: {},
  lastProgressAt,
  ...(waiting ? { waiting } : {}),
});

/** Looks at each time; gives what was done when. */
function play(looks: readonly [now: number, turn: TurnActivity | undefined][], given = settings): string[] {
  let stalls: Stalls = new Map();
  return looks.flatMap(([now, each]) => {
    const found = watch(each ? [each] : [], stalls, now, given);
    stalls = found.stalls;
    return found.actions.map(
      (action) => `${now} ${action.do}${"idleMs" in action ? ` ${action.idleMs}` : ""}`,
    );
  });
}

test("is said once, then again after twice the time, and again", () => {
  const looks = [50, 100, 110, 190, 200, 300, 399, 400, 500, 800].map((now) => [now, turn(0)] as const);
  expect(play(looks.map(([now, each]) => [now, each]))).toEqual([
    "100 stalled 100",
    "200 stalled 200",
    "400 stalled 400",
    "800 stalled 800",
  ]);
});

test("the next progress ends it, and it begins anew", () => {
  expect(
    play([
      [100, turn(0)],
      [150, turn(140)],
      [200, turn(140)],
      [240, turn(140)],
    ]),
  ).toEqual(["100 stalled 100", "150 resumed", "240 stalled 100"]);
});

test.each(["approval", "slot", "retry", "child"] as const)("waiting for a %s is no stall", (waiting) => {
  const given = { stallMs: 100, abortMs: 200 };
  expect(play([[1_000, turn(0, waiting)]], given)).toEqual([]);
  expect(
    play(
      [
        [150, turn(0)],
        [160, turn(0, waiting)],
      ],
      given,
    ),
  ).toEqual(["150 stalled 150", "160 resumed"]);
});

test("a second threshold ends the turn", () => {
  const given = { stallMs: 100, abortMs: 250 };
  expect(
    play(
      [
        [100, turn(0)],
        [240, turn(0)],
        [250, turn(0)],
        [260, undefined],
      ],
      given,
    ),
  ).toEqual(["100 stalled 100", "240 stalled 240", "250 abort 250"]);
});

test("a turn that is over is forgotten", () => {
  const first = watch([turn(0)], new Map(), 100, settings);
  expect(first.stalls.size).toBe(1);
  expect(watch([], first.stalls, 200, settings)).toEqual({ actions: [], stalls: new Map() });
});
