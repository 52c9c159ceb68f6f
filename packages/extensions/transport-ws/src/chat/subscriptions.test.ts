/** Real conversations, and a writer run by hand: what is asked when, and what is left when it is over. */
import type { Sessions } from "@dispatch/session-orchestrator/ports";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type SocketStage, startSocketStage } from "../../test/start-socket.ts";
import type { Source, Writer } from "../socket/writer.ts";
import { createSubscriptions } from "./subscriptions.ts";

let stage: SocketStage;
beforeEach(async () => {
  stage = await startSocketStage();
  for (const id of ["a", "b"]) await stage.sessions.create({ id }, { credential: "t" });
});
afterEach(() => stage.stop());

const tick = () => new Promise((resolve) => setImmediate(resolve));

function gate(): { readonly held: Promise<void>; readonly release: () => void } {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { held, release };
}

function bench() {
  const sent: { type: string; conversationId: string }[] = [];
  const ring = new Set<Source>();
  const state = { open: 0, asked: 0, mustRead: false, afterNext: async () => {}, afterOpen: async () => {} };
  let hold: Promise<void> | undefined;
  const send = (text: string) => void sent.push(JSON.parse(text));
  const write = (frame: Buffer) => send(frame.subarray(frame.indexOf("{")).toString());
  const writer: Writer = {
    send,
    write,
    wake: (source) => void ring.add(source),
    forget: (source) => void ring.delete(source),
    blocked: false,
    room: async () => hold,
    close: () => undefined,
  };
  const sessions: Pick<Sessions, "subscribe"> = {
    async subscribe(...args) {
      state.asked += 1;
      const viewer = await stage.sessions.subscribe(...args);
      state.open += 1;
      await state.afterOpen();
      let open = true;
      return {
        ...viewer,
        take: () => (state.mustRead ? undefined : viewer.take()),
        async next() {
          const frame = await viewer.next();
          await state.afterNext();
          return frame;
        },
        close() {
          if (open) state.open -= 1;
          open = false;
          viewer.close();
        },
      };
    },
  };
  const chats = createSubscriptions({
    sessions,
    writer,
    max: 8,
    timers: { after: () => () => undefined },
    onGone: () => undefined,
    onFailed: () => undefined,
  });
  return {
    sent,
    state,
    chats,
    /** Asks whoever waits, once. */
    async pump() {
      await tick();
      const sources = [...ring];
      ring.clear();
      await Promise.all(sources.map((source) => source(write)));
    },
    /** No room until it is let go. */
    block(): () => void {
      const { held, release } = gate();
      hold = held;
      return release;
    },
  };
}

test("closing closes every viewer, also one that is on its way", async () => {
  const { chats, state, sent } = bench();
  await chats.subscribe("a", {});
  await chats.follow("b", "0");
  expect(state.open).toBe(2);
  const { held, release } = gate();
  state.afterOpen = () => held;
  const late = chats.subscribe("a", { after: "0" });
  await expect.poll(() => state.open).toBe(3);
  chats.close();
  release();
  await late;
  expect(state.open).toBe(0);
  expect(sent).toHaveLength(2);
});

test("a frame that was on its way when its place was moved, or left, is not sent", async () => {
  const { chats, state, sent, pump } = bench();
  await chats.subscribe("a", { after: "0" });
  const { held, release } = gate();
  Object.assign(state, { mustRead: true, afterNext: () => held });
  const pumping = pump();
  await tick();
  await chats.subscribe("a", {});
  release();
  await pumping;
  expect(sent.map(({ type }) => type)).toEqual(["chat.subscribed", "chat.subscribed"]);
  Object.assign(state, { mustRead: false, afterNext: async () => {} });
  await stage.sessions.patch("a", { title: "new" }, { credential: "t" });
  await pump();
  expect(sent.map(({ type }) => type)).toEqual(["chat.subscribed", "chat.subscribed", "chat.delta"]);
  expect(state.open).toBe(1);
});

test("no snapshot is taken before the client can take it", async () => {
  const { chats, state, block } = bench();
  const release = block();
  const subscribing = chats.subscribe("a", {});
  await tick();
  expect(state.asked).toBe(0);
  release();
  await subscribing;
  expect(state.asked).toBe(1);
});
