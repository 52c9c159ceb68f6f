/** Waits and filters of one extension, any number at once: its signal has no listener for each, and a stop ends them all. */
import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { defineFilter } from "../contracts/handles.ts";
import { boot, extension, type LooseHost } from "../testing/loose-extension.ts";

const judge = defineFilter<object>()("owner/judge", { onError: "fail", timeoutMs: 1_000 });
const many = Array.from({ length: 30 }, (_, index) => index);

async function bootBoth(handler: (value: object, context: { signal: AbortSignal }) => unknown) {
  const hosts: Record<string, LooseHost> = {};
  const { host } = await boot([
    extension("owner", { contributes: { filters: [judge.id] } }, (own) => {
      hosts.owner = own;
    }),
    extension("slow", { listens: { filters: [judge.id] } }, (own) => {
      hosts.slow = own;
      own.filter({ id: judge.id }, handler);
    }),
  ]);
  const { owner, slow } = hosts as { owner: LooseHost; slow: LooseHost };
  const listeners = () => getEventListeners(slow.signal as AbortSignal, "abort").length;
  return { host, owner, slow, listeners };
}

it("filters that wait add nothing to it, and take themselves off the caller's signal", async () => {
  const answers: (() => void)[] = [];
  const { host, owner, listeners } = await bootBoth(
    (value) => new Promise((resolve) => answers.push(() => resolve(value))),
  );
  const caller = new AbortController();
  const ofCaller = () => getEventListeners(caller.signal, "abort").length;
  const before = listeners();
  // As many as warn of a leak, by the runtime's default: the caller says how many there may be.
  const results = many.slice(0, 10).map(() => owner.apply(judge, {}, caller.signal));
  await host.clock.settle();
  expect([answers.length, listeners(), ofCaller()]).toEqual([10, before, 10]);
  for (const answer of answers) answer();
  await Promise.all(results);
  expect([listeners(), ofCaller()]).toEqual([before, 0]);
  await host.stop();
});

it("a stop ends what waits: the handlers hear it, and their callers are told", async () => {
  const heard: unknown[] = [];
  const { host, owner, slow, listeners } = await bootBoth(
    (_value, { signal }) =>
      new Promise(() => {
        signal.addEventListener("abort", () => heard.push(signal.reason));
      }),
  );
  const before = listeners();
  const results = many.map(() => (owner.apply(judge, {}) as Promise<unknown>).catch(String));
  const sleeps = many.map(() => (slow.timers.sleep(1_000) as Promise<unknown>).catch(String));
  await host.clock.settle();
  expect(listeners()).toBe(before);
  await host.stop();
  expect(new Set(await Promise.all(results))).toEqual(
    new Set([expect.stringContaining('the extension "slow" is stopped')]),
  );
  expect(new Set(await Promise.all(sleeps))).toEqual(new Set(['Error: the extension "slow" is stopped']));
  expect(heard).toHaveLength(many.length);
});

it("sleeps that end are forgotten", async () => {
  const { host, slow, listeners } = await bootBoth((value) => value);
  const before = listeners();
  const sleeps = many.map(() => slow.timers.sleep(1_000));
  expect(listeners()).toBe(before);
  await host.clock.advance(1_000);
  await Promise.all(sleeps);
  await host.stop();
  expect(host.faults).toEqual([]);
});
