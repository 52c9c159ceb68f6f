/** Whatever is cut, doubled, left out or replaced by a snapshot on the way: every viewer ends with the fold of the log. */
import { applyEvent, createView } from "@dispatch/wire/shown";
import fc from "fast-check";
import { it } from "vitest";
import { settle } from "./testing/manual-clock.ts";
import { createModelServer, type Fault } from "./testing/model-server.ts";
import { foldOf, tell, turn } from "./testing/script.ts";
import { setStage } from "./testing/stage.ts";

const faults: readonly Fault[] = ["none", "drop", "double", "replay", "snapshot", "cut", "slow"];
const pieces = fc.array(fc.string({ minLength: 1, maxLength: 5, unit: "grapheme" }), {
  minLength: 1,
  maxLength: 6,
});
const scripts = fc
  .array(fc.array(pieces, { maxLength: 3 }), { minLength: 1, maxLength: 3 })
  .map((turns) => tell(turns.flatMap((texts, n) => turn(n + 1, texts))));
const steps = fc.array(
  fc.record({ count: fc.integer({ min: 1, max: 6 }), fault: fc.constantFrom(...faults) }),
  {
    maxLength: 30,
  },
);

it("converges", async () => {
  await fc.assert(
    fc.asyncProperty(scripts, steps, async (script, plan) => {
      const server = createModelServer(script);
      const stage = setStage({}, server.sockets);
      let followed = createView();
      const problems: unknown[] = [];
      const fail = (error: { code: string }) => error.code !== "closed" && problems.push(error);
      const watched = stage.live.watch("c", { onChange: () => undefined, onEnd: fail });
      stage.live.follow("c", {
        after: "0",
        onItems(items) {
          for (const { snapshot, event } of items) {
            if (snapshot) followed = createView({ snapshot });
            else if (applyEvent(followed, event) !== "applied") problems.push(event); // not the next
          }
        },
        onEnd: fail,
      });
      await stage.open();
      const reconnected = async () => {
        for (let n = 0; stage.live.state.kind !== "open" && n < 5; n += 1) {
          await stage.clock.advance(stage.live.state.kind === "waiting" ? 30_000 : 0);
          if (stage.live.state.kind === "connecting") await stage.open();
        }
      };
      for (const { count, fault } of plan) {
        server.happen(count, fault);
        await settle();
        await reconnected();
      }
      // Whatever was left out is noticed with what comes next; at the very end, with a cut.
      server.happen(script.length, "cut");
      await settle();
      await reconnected();
      const expected = foldOf(script);
      for (const view of [watched.view?.view, followed]) {
        const got = JSON.stringify([view?.messages, [...(view?.open ?? [])], view?.seq]);
        const wanted = JSON.stringify([expected.messages, [...expected.open], expected.seq]);
        if (got !== wanted) throw new Error(`got ${got}, wanted ${wanted}`);
      }
      stage.live.close();
      if (problems.length > 0) throw new Error(JSON.stringify(problems));
      if (stage.clock.pending > 0) throw new Error("a timer was left");
    }),
    { numRuns: 150 },
  );
}, 60_000);
