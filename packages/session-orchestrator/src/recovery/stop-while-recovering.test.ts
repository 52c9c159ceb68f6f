import { defineExtension, defineManifest, kv } from "@dispatch/kernel";
import { scriptedProvider, textReply } from "@dispatch/kernel/testing";
import { afterEach, expect, it } from "vitest";
import { draining } from "../ports.ts";
import { memoryKv } from "../testing/memory-kv.ts";
import { type SessionStage, type StageOptions, startStage } from "../testing/stage.ts";

let stages: SessionStage[] = [];
afterEach(async () => {
  for (const { host } of stages) await host.stop();
  stages = [];
});

/** Where crashes are counted. */
function counter() {
  const service = memoryKv();
  const manifest = defineManifest({
    id: "counter",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    contributes: { services: [kv.id] },
  });
  return () => defineExtension(manifest, (host) => void host.provide(kv, service));
}

async function boot(provider: ReturnType<typeof scriptedProvider>, options: Partial<StageOptions> = {}) {
  const stage = await startStage({ provider, ...options });
  stages.push(stage);
  return stage;
}

it.each([
  ["resume", "completed"],
  ["mark", "interrupted"],
])(
  "a server that is stopped while it looks at a cut turn leaves it to the next one (%s)",
  async (recovery, reason) => {
    const settings = { recovery };
    const kept = counter();
    const first = await boot(scriptedProvider([[{ type: "text", text: "half" }, { silence: true }]]));
    await first.sessions.send({ message: "go", conversationId: "c" }, { credential: "t" });
    await first.clock.advance(250);
    const { store } = first;

    let release = (): void => undefined;
    const slow = new Promise<void>((go) => {
      release = go;
    });
    let asked = (): void => undefined;
    const looking = new Promise<void>((go) => {
      asked = go;
    });
    const provider = scriptedProvider([textReply("whole")]);
    const slowStore: typeof store = {
      ...store,
      async blocks(id) {
        asked();
        await slow;
        return store.blocks(id);
      },
    };
    const stopped = await boot(provider, { store: slowStore, settings, extensions: [kept()] });
    await looking;
    const before = await store.head("c");
    // The rest of a stop takes its time, and must find nothing new that runs.
    await stopped.host.get(draining).drain(new AbortController().signal);
    release();
    await stopped.clock.settle();
    expect(provider.requests).toEqual([]);
    expect((await store.head("c"))?.head).toBe(before?.head);

    await stopped.host.stop();
    const third = await boot(scriptedProvider([textReply("whole")]), {
      store,
      settings,
      extensions: [kept()],
    });
    await third.clock.settle();
    expect(await third.sessions.get("c")).toMatchObject({ status: "idle", lastTurn: { reason } });
  },
);
