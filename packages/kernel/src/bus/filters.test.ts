import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineFilter, type FilterOptions } from "../contracts/handles.ts";
import type { FilterOrder } from "../contracts/host-api.ts";
import { boot, dependsOn, extension, type LooseHost } from "../testing/loose-extension.ts";
import { expectNoLeaks } from "../testing/test-host.ts";
import { orderHandlers } from "./filter-order.ts";

type Value = { readonly steps: readonly string[] };
const listens = { listens: { filters: ["owner/plan"] } };

async function bootWith(options: FilterOptions, ...others: Parameters<typeof boot>[0]) {
  const plan = defineFilter<Value>()("owner/plan", options);
  let api: LooseHost | undefined;
  const { host } = await boot([
    extension("owner", { contributes: { filters: [plan.id] } }, (own) => {
      api = own;
    }),
    ...others,
  ]);
  const apply = (value: Value = { steps: [] }, signal?: AbortSignal): Promise<Value> =>
    api?.apply(plan, value, signal);
  return { host, apply };
}
const adds = (id: string, part = {}, order?: FilterOrder) =>
  extension(id, { ...listens, ...part }, (own) =>
    own.filter({ id: "owner/plan" }, ({ steps }: Value) => ({ steps: [...steps, id] }), order),
  );
const handles = (id: string, handler: (value: Value, context: { signal: AbortSignal }) => unknown) =>
  extension(id, listens, (own) => own.filter({ id: "owner/plan" }, handler));

const skip: FilterOptions = { onError: "skip", timeoutMs: 1_000 };
const fail: FilterOptions = { onError: "fail", timeoutMs: 1_000 };

describe("filters", () => {
  it("run in dependency order, then early, normal, late", async () => {
    const { apply } = await bootWith(
      skip,
      adds("late", {}, "late"),
      adds("above-late", dependsOn("late"), "early"),
      adds("normal"),
      adds("early", {}, "early"),
    );
    expect((await apply()).steps).toEqual(["early", "normal", "late", "above-late"]);
  });

  it("give the value unchanged when nobody takes part", async () => {
    const { apply } = await bootWith(fail);
    const value = { steps: [] };
    expect(await apply(value)).toBe(value);
  });

  it.each<[string, (value: Value) => unknown, string]>([
    [
      "throws",
      () => {
        throw new Error("boom");
      },
      "boom",
    ],
    ["rejects", () => Promise.reject(new Error("boom")), "boom"],
    ["hangs", () => new Promise(() => {}), "the handler did not finish within 1000 ms"],
    ["returns nothing", () => undefined, "the handler returned nothing: forgot to return the value?"],
    [
      "resolves to nothing",
      async () => undefined,
      "the handler returned nothing: forgot to return the value?",
    ],
    ["returns no object", () => "text", "the handler returned nothing: forgot to return the value?"],
    ["returns null", () => null, "the handler returned nothing: forgot to return the value?"],
  ])("a handler that %s is left out by `skip` and fails `fail`", async (_, handler, message) => {
    const skipping = await bootWith(skip, adds("a"), handles("bad", handler), adds("z"));
    const kept = skipping.apply();
    await skipping.host.clock.advance(1_000);
    expect((await kept).steps).toEqual(["a", "z"]);
    expect(skipping.host.faults).toMatchObject([{ extensionId: "bad", where: "filter owner/plan", message }]);

    const failing = await bootWith(fail, adds("a"), handles("bad", handler), adds("z"));
    const refused = expect(failing.apply()).rejects.toThrow(
      `the filter "owner/plan" failed in the extension "bad": ${message}`,
    );
    await failing.host.clock.advance(1_000);
    await refused;
    expect(failing.host.clock.pending()).toBe(0);
    await failing.host.stop();
    expectNoLeaks(failing.host);
  });

  it("abort the handler's signal at the deadline, and ignore what comes later", async () => {
    let aborted: unknown;
    let reject = (_: Error) => {};
    const slow = handles("slow", (_, { signal }) => {
      signal.addEventListener("abort", () => {
        aborted = signal.reason;
      });
      return new Promise((_resolve, no) => {
        reject = no;
      });
    });
    const { host, apply } = await bootWith(skip, slow, adds("z"));
    const result = apply();
    await host.clock.advance(999);
    expect(aborted).toBeUndefined();
    await host.clock.advance(1);
    expect((await result).steps).toEqual(["z"]);
    expect(String(aborted)).toContain("did not finish within 1000 ms");
    reject(new Error("an unhandled rejection would fail this test"));
    await host.clock.settle();
    expect(host.faults).toHaveLength(1);
  });

  it("have no timer when the deadline is as long as a timer can be", async () => {
    let answer = (_: Value) => {};
    const asks = handles(
      "asks",
      () =>
        new Promise<Value>((resolve) => {
          answer = resolve;
        }),
    );
    const { host, apply } = await bootWith({ onError: "fail", timeoutMs: 2_147_483_647 }, asks);
    const result = apply();
    await host.clock.advance(10_000_000_000);
    expect(host.clock.pending()).toBe(0);
    answer({ steps: ["answered"] });
    expect((await result).steps).toEqual(["answered"]);
  });

  it("reject with the caller's reason when aborted, which is nobody's fault", async () => {
    let inner: AbortSignal | undefined;
    const hangs = handles("hangs", (_, { signal }) => {
      inner = signal;
      return new Promise(() => {});
    });
    const { host, apply } = await bootWith(skip, hangs);
    const controller = new AbortController();
    const result = apply({ steps: [] }, controller.signal);
    await host.clock.settle();
    const reason = new Error("stopped by the user");
    controller.abort(reason);
    await expect(result).rejects.toBe(reason);
    expect(inner?.reason).toBe(reason);
    expect(host.faults).toEqual([]);
    expect(host.clock.pending()).toBe(0);
    await expect(apply({ steps: [] }, controller.signal)).rejects.toBe(reason);
  });

  it("do not wait for a handler whose extension stops", async () => {
    const asks = handles("asks", () => new Promise(() => {}));
    const { host, apply } = await bootWith({ onError: "fail", timeoutMs: 2_147_483_647 }, asks);
    const result = expect(apply()).rejects.toThrow(
      'failed in the extension "asks": the extension "asks" is stopped',
    );
    await host.clock.settle();
    await host.stop();
    await result;
  });

  it("wait for lazy extensions that take part", async () => {
    const { apply } = await bootWith(fail, adds("lazy", { activation: "lazy" }), adds("eager"));
    expect((await apply()).steps).toEqual(["lazy", "eager"]);
  });
});

describe("orderHandlers", () => {
  it("never puts a dependent before what it depends on, and keeps the class among unrelated", () => {
    const orders: readonly FilterOrder[] = ["early", "normal", "late"];
    const handlers = fc.array(fc.tuple(fc.nat({ max: 9 }), fc.constantFrom(...orders)), { maxLength: 15 });
    const edges = fc.array(fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 9 })), { maxLength: 12 });
    fc.assert(
      fc.property(handlers, edges, (given, pairs) => {
        const direct = pairs.filter(([a, b]) => a < b);
        const isBefore = (a: string, b: string): boolean =>
          direct.some(([x, y]) => `${x}` === a && (`${y}` === b || isBefore(`${y}`, b)));
        const list = given.map(([id, order], seq) => ({ extensionId: `${id}`, order, seq }));
        const sorted = orderHandlers(list, isBefore, Number);
        expect(sorted.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(list.map(({ seq }) => seq));
        sorted.forEach((later, at) => {
          for (const earlier of sorted.slice(0, at))
            expect(isBefore(later.extensionId, earlier.extensionId)).toBe(false);
        });
        if (direct.length === 0) {
          const classes = sorted.map(({ order }) => orders.indexOf(order));
          expect(classes).toEqual([...classes].sort((a, b) => a - b));
        }
      }),
    );
  });
});
