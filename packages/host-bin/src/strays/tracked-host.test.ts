import {
  defineEvent,
  defineExtension,
  defineManifest,
  definePoint,
  type HostAPI,
  tools,
} from "@dispatch/kernel";
import { createTestHost } from "@dispatch/kernel/testing";
import { expect, it } from "vitest";
import { createStrays } from "./strays.ts";
import { trackedHost } from "./tracked-host.ts";

/** Whom a text thrown here and now would be blamed on. */
function blamedHere(strays: ReturnType<typeof createStrays>): string | undefined {
  let id: string | undefined;
  strays.deliverTo((extensionId) => {
    id = extensionId;
  });
  strays.blame("x", "exception");
  return id;
}

class Counter {
  #count = 0;
  get count() {
    return this.#count;
  }
  up() {
    this.#count += 1;
    return this;
  }
}

it("everything registered runs as its extension's, on the value it belongs to", async () => {
  const strays = createStrays("/app/");
  const seen: Record<string, string | undefined> = {};
  const note = (name: string) => {
    seen[name] = blamedHere(strays);
  };
  const counters = definePoint<Counter>()("probe/counters");
  const plain = definePoint<{ data: number; run(): void; later?: () => void }>()("probe/plain");
  const happened = defineEvent<string>()("probe/happened");
  const manifest = defineManifest({
    id: "probe",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    contributes: { points: { "probe/counters": ["c"], "probe/plain": ["p"] }, events: ["probe/happened"] },
    listens: { events: ["probe/happened"] },
  });
  let api: HostAPI<typeof manifest> | undefined;
  const frozen = Object.freeze({
    data: 7,
    run() {
      note("method");
      expect(this).toBe(frozen);
    },
  });
  const extension = defineExtension(manifest, (given) => {
    api = trackedHost(given as unknown as HostAPI, strays) as unknown as HostAPI<typeof manifest>;
    api.contribute(counters, "c", new Counter());
    api.contribute(plain, "p", frozen);
    api.on(happened, () => note("event"));
    api.timers.after(10, () => note("timer"));
    api.onDispose("probe", () => note("dispose"));
  });
  const host = createTestHost({ extensions: [extension] });
  await host.start();
  const [counter] = host.list(counters);
  expect(counter?.value).toBeInstanceOf(Counter);
  expect(counter?.value.up().count).toBe(1);
  expect(counter?.value.count).toBe(1);
  const [value] = host.list(plain);
  value?.value.run();
  expect({ ...value?.value }).toMatchObject({ data: 7, run: expect.any(Function) });
  api?.emit(happened, "x");
  await host.clock.advance(10);
  await host.stop();
  expect(seen).toEqual({ method: "probe", event: "probe", timer: "probe", dispose: "probe" });
  expect(blamedHere(strays)).toBeUndefined(); // out here it is nobody's
});

it("an answer of a tool without its text is the tool's fault, and is given on as it is", async () => {
  const strays = createStrays("/app/");
  const faults: string[] = [];
  strays.deliverTo((id, where, error) => faults.push(`${id}: ${where}: ${(error as Error).message}`));
  const manifest = defineManifest({
    id: "probe",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    contributes: { points: { tools: ["good", "bad"] } },
  });
  const extension = defineExtension(manifest, (given) => {
    const tracked = trackedHost(given as unknown as HostAPI, strays) as unknown as HostAPI<typeof manifest>;
    tracked.contribute(tools, "good", {
      description: "x",
      parameters: {},
      execute: () => ({ output: "fine" }),
    });
    tracked.contribute(tools, "bad", {
      description: "x",
      parameters: {},
      execute: (() => undefined) as never,
    });
  });
  const host = createTestHost({ extensions: [extension] });
  await host.start();
  const answers = await Promise.all(host.list(tools).map(({ value }) => value.execute({}, {} as never)));
  expect(answers).toEqual([undefined, { output: "fine" }]);
  expect(faults).toEqual(['probe: tool bad: it gave nothing; return { output: "…" } from execute']);
  await host.stop();
});
