import { defineExtension, defineManifest, tools } from "@dispatch/kernel";
import { scriptedProvider, textReply, toolCallReply } from "@dispatch/kernel/testing";
import { applyEvent, createView, type DispatchEvent, type View } from "@dispatch/wire";
import { afterEach, expect, it } from "vitest";
import { type SessionStage, startStage } from "../testing/stage.ts";

let stages: SessionStage[] = [];
afterEach(async () => {
  for (const { host } of stages) await host.stop();
  stages = [];
});

const manifest = defineManifest({
  id: "talker",
  version: "1.0.0",
  apiVersion: "^1.0.0",
  contributes: { points: { tools: ["talk"] } },
});
/** A tool that says this and then never ends. */
const talker = (says: string) =>
  defineExtension(manifest, (host) => {
    host.contribute(tools, "talk", {
      description: "",
      parameters: { type: "object" },
      repeatable: true,
      execute: async (_input, { output }) => {
        output(says);
        return new Promise(() => undefined);
      },
    });
  });

async function boot(says: string, store?: SessionStage["store"]): Promise<SessionStage> {
  const provider = scriptedProvider([toolCallReply("talk", {}), textReply("over")]);
  const stage = await startStage({ provider, extensions: [talker(says)], ...(store ? { store } : {}) });
  stages.push(stage);
  return stage;
}

/** Takes frames until `holds`; gives the cursor. */
async function watch(
  { sessions }: SessionStage,
  view: View,
  after: string,
  holds: () => boolean,
): Promise<string> {
  const viewer = await sessions.subscribe("c", { after });
  expect(viewer.mode).toBe("replay");
  let { cursor } = viewer;
  while (!holds()) {
    const frame = await viewer.next();
    for (const event of frame?.events ?? [])
      expect(applyEvent(view, JSON.parse(event.json) as DispatchEvent)).toBe("applied");
    cursor = frame?.cursor ?? cursor;
  }
  viewer.close();
  return cursor;
}

const shown = (view: View) => [...view.open.values()].map(({ text }) => text);

it.each([
  ["longer", "what the second run says is longer than that"],
  ["shorter", "brief"],
])("live output of a call that is run again begins anew, also when it is %s", async (_what, again) => {
  const first = await boot("what the first run said");
  await first.sessions.send({ message: "go", conversationId: "c" }, { credential: "t" });
  await first.clock.advance(250);
  const view = createView();
  const cursor = await watch(first, view, "0", () => view.open.size > 0);
  expect(shown(view)).toEqual(["what the first run said"]);

  const second = await boot(again, first.store);
  await second.clock.settle();
  await watch(second, view, cursor, () => view.turn?.attempt === 2 && view.open.size > 0);
  expect(shown(view)).toEqual([again]);
});
