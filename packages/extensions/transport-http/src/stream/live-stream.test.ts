import type { Frame, FrameEvent, Viewer } from "@dispatch/session-orchestrator/ports";
import { expect, test } from "vitest";
import { ndjson, sse } from "./formats.ts";
import { turnStream } from "./live-stream.ts";

const event = (type: string, turnId: string, n: number): FrameEvent => ({
  type,
  turnId,
  cursor: `e~${n}~c`,
  json: JSON.stringify({ type, turnId, seq: n }),
});

function frameOf(...events: FrameEvent[]): Frame & { made: () => number } {
  const encodings = new Map<string, unknown>();
  let made = 0;
  const frame: Frame = {
    conversationId: "c",
    cursor: events.at(-1)?.cursor ?? "",
    events,
    encode<T>(format: string, make: (frame: Frame) => T): T {
      if (!encodings.has(format)) {
        made += 1;
        encodings.set(format, make(frame));
      }
      return encodings.get(format) as T;
    },
  };
  return { ...frame, made: () => made };
}

function viewerOf(...frames: Frame[]): Viewer & { asked: () => number } {
  let asked = 0;
  const left = [...frames];
  return {
    conversationId: "c",
    mode: "replay",
    cursor: "e~0~0",
    next: async () => {
      asked += 1;
      return left.shift();
    },
    take: () => undefined,
    whenReady: (run) => run(left.length > 0),
    close: () => {},
    asked: () => asked,
  };
}

test("ends after the turn's own seal, in the middle of a frame, and asks for nothing more", async () => {
  const frame = frameOf(
    event("turn-sealed", "other", 1),
    event("turn-sealed", "mine", 2),
    event("user-message", "next", 3),
  );
  const viewer = viewerOf(frame, frameOf(event("done", "next", 4)));
  const stream = turnStream(viewer, "mine", ndjson);
  const lines = String(await stream.next())
    .trimEnd()
    .split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { cursor: "e~1~c", event: { type: "turn-sealed", turnId: "other", seq: 1 } },
    { cursor: "e~2~c", event: { type: "turn-sealed", turnId: "mine", seq: 2 } },
  ]);
  expect(await stream.next()).toBeUndefined();
  expect(viewer.asked()).toBe(1);
});

test("a frame is encoded once per format for all viewers", async () => {
  const frame = frameOf(event("text", "mine", 1));
  const [a, b] = await Promise.all([1, 2].map(() => turnStream(viewerOf(frame), "mine", ndjson).next()));
  expect(a).toBe(b);
  await turnStream(viewerOf(frame), "mine", sse).next();
  expect(frame.made()).toBe(2);
});
