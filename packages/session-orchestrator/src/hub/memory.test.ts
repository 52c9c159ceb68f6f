import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { createGate } from "../gate.ts";
import type { ConversationLog } from "../ports/log.ts";
import { createLive } from "./live.ts";
import { position } from "./position.ts";
import { shownRecord } from "./shown.ts";
import { createViewer } from "./viewer.ts";

it("a conversation in which nothing happens keeps no frames of viewers that came and went", async () => {
  const limits = { tailRecords: 1_000, tailBytes: 1_000_000 };
  const live = createLive("c", { epoch: "e", head: 0, check: "0" }, limits, setImmediate);
  for (let seq = 1; seq <= 200; seq++) {
    const json = JSON.stringify({ seq, ts: seq, type: "notice", level: "info", text: "x".repeat(1_000) });
    live.publish([shownRecord("c", { seq, json })]);
  }
  const log = {} as ConversationLog; // all is in the tail
  const frames: WeakRef<object>[] = [];
  for (let n = 0; n < 50; n++) {
    const options = { live, log, gate: createGate(1), from: position(0, "0"), onClose: () => undefined };
    const viewer = createViewer(options);
    frames.push(new WeakRef(viewer.take() ?? {}));
    viewer.close();
  }
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  await expect
    .poll(() => {
      collect();
      return frames.filter((frame) => frame.deref() !== undefined).length;
    })
    .toBeLessThan(3); // the last one may lie about on the stack
});
