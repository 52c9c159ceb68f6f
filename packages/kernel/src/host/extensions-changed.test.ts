import { expect, it } from "vitest";
import { defineEvent } from "../contracts/handles.ts";
import { extensionsChanged } from "../contracts/points.ts";
import { boot, extension, type LooseHost } from "../testing/loose-extension.ts";

const poked = defineEvent<undefined>()("source/poked");

/** An extension that notes, at each announcement, the rows as they are then. */
function stage(atChange: () => void = () => {}) {
  const seen: string[] = [];
  let poke = (): void => undefined;
  const source = extension("source", { contributes: { events: [poked.id] } }, (host: LooseHost) => {
    poke = () => host.emit(poked, undefined);
  });
  const fails = extension("fails", { listens: { events: [poked.id] } }, (host: LooseHost) => {
    host.on(poked, () => {
      throw new Error("boom");
    });
  });
  const watcher = extension("watcher", { listens: { events: [extensionsChanged.id] } }, (host: LooseHost) => {
    host.on(extensionsChanged, () => {
      const row = host.extensions().find(({ id }: { id: string }) => id === "fails");
      seen.push(`${row.state} ${row.faults}`);
      atChange();
    });
  });
  return { seen, poke: () => poke(), extensions: [watcher, source, fails] };
}

it("faults and reloads are announced, with the rows as they are then", async () => {
  const { seen, poke, extensions } = stage();
  const { host } = await boot(extensions);
  await host.clock.settle();
  seen.length = 0;
  poke();
  await host.clock.settle();
  expect(seen).toEqual(["active 1"]);
  seen.length = 0;
  await host.reload("fails");
  await host.clock.settle();
  expect(seen.at(-1)).toBe("active 0");
  expect(seen.length).toBeGreaterThan(1); // gone, and there again
  seen.length = 0;
  await host.clock.settle();
  expect(seen).toEqual([]);
  await host.stop();
});

it("many changes of one tick are one announcement", async () => {
  const { seen, extensions } = stage();
  const { host } = await boot(extensions);
  await host.clock.settle();
  seen.length = 0;
  for (let n = 0; n < 10; n++) host.fault("fails", "somewhere", new Error("x"));
  await host.clock.settle();
  expect(seen).toEqual(["active 10"]);
  await host.stop();
});

it("a listener that fails at every announcement does not announce for ever", async () => {
  let count = 0;
  const { extensions } = stage(() => {
    count += 1;
    throw new Error("at the news");
  });
  const { host } = await boot(extensions);
  await host.clock.settle();
  count = 0;
  host.fault("fails", "somewhere", new Error("x"));
  await host.clock.settle();
  expect(count).toBe(1);
  await host.stop();
});
