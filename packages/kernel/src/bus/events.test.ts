import { describe, expect, it } from "vitest";
import { defineEvent } from "../contracts/handles.ts";
import { boot, dependsOn, extension, type LooseHost } from "../testing/loose-extension.ts";
import { expectNoLeaks } from "../testing/test-host.ts";

const happened = defineEvent<number>()("owner/happened");
const owner = (use: (host: LooseHost) => void) =>
  extension("owner", { contributes: { events: [happened.id] } }, use);
const listens = { listens: { events: [happened.id] } };

async function bootWith(...others: Parameters<typeof boot>[0]) {
  let api: LooseHost | undefined;
  const { host } = await boot([
    owner((own) => {
      api = own;
    }),
    ...others,
  ]);
  return { host, emit: (payload: number) => api?.emit(happened, payload) };
}

describe("events", () => {
  it("reach every handler, in the order they were emitted, apart from who emits", async () => {
    const seen: string[] = [];
    const hear = (id: string) =>
      extension(id, listens, (host) => host.on(happened, (n: number) => void seen.push(`${id}${n}`)));
    const { host, emit } = await bootWith(hear("a"), hear("b"));
    emit(1);
    emit(2);
    expect(seen).toEqual([]);
    await host.clock.settle();
    expect(seen).toEqual(["a1", "b1", "a2", "b2"]);
  });

  it("a throwing, rejecting or hanging handler is its extension's fault and nobody else's", async () => {
    const seen: number[] = [];
    const { host, emit } = await bootWith(
      extension("throws", listens, (own) =>
        own.on(happened, () => {
          throw new Error("thrown");
        }),
      ),
      extension("rejects", listens, (own) =>
        own.on(happened, async () => Promise.reject(new Error("rejected"))),
      ),
      extension("hangs", listens, (own) => own.on(happened, () => new Promise(() => {}))),
      extension("late", listens, (own) =>
        own.on(happened, async () => {
          await own.timers.sleep(40_000);
          throw new Error("too late to count");
        }),
      ),
      extension("string", listens, (own) => own.on(happened, () => Promise.reject("no error object"))),
      extension("fine", listens, (own) => own.on(happened, (n: number) => void seen.push(n))),
    );
    emit(1);
    emit(2);
    await host.clock.advance(50_000);
    expect(seen).toEqual([1, 2]);
    const rows = Object.fromEntries(
      host.extensions().map(({ id, faults, lastFault }) => [id, [faults, lastFault]]),
    );
    expect(rows).toEqual({
      owner: [0, undefined],
      throws: [2, "event owner/happened: thrown"],
      rejects: [2, "event owner/happened: rejected"],
      hangs: [2, "event owner/happened: the handler did not finish within 30000 ms"],
      late: [2, "event owner/happened: the handler did not finish within 30000 ms"],
      string: [2, "event owner/happened: no error object"],
      fine: [0, undefined],
    });
    expect(host.faults).toHaveLength(10);
    expect(
      host.logs.filter(({ level, extensionId }) => level === "error" && extensionId === "throws"),
    ).toHaveLength(2);
    await host.stop();
    expectNoLeaks(host);
    expect(host.clock.pending()).toBe(0);
  });

  it("a handler that was removed hears nothing more, events on their way included", async () => {
    const seen: number[] = [];
    let undo = () => {};
    const { host, emit } = await bootWith(
      extension("a", listens, (own) => {
        undo = own.on(happened, (n: number) => void seen.push(n));
      }),
    );
    emit(1);
    undo();
    await host.clock.settle();
    expect(seen).toEqual([]);
    expect(host.leaks().filter((label) => label.includes("event"))).toEqual([]);
  });

  it("wake a lazy listener, which hears the event that woke it, once", async () => {
    const seen: string[] = [];
    const { host, emit } = await bootWith(
      extension("lazy", { activation: "lazy", ...listens }, (own) =>
        own.on(happened, (n: number) => void seen.push(`lazy${n}`)),
      ),
      extension("eager", listens, (own) => own.on(happened, (n: number) => void seen.push(`eager${n}`))),
    );
    emit(1);
    await host.clock.settle();
    emit(2);
    await host.clock.settle();
    expect(seen).toEqual(["eager1", "lazy1", "eager2", "lazy2"]);
  });

  it("reach who is stopping while it stops", async () => {
    const seen: number[] = [];
    let api: LooseHost | undefined;
    const last = extension("owner", { contributes: { events: [happened.id] } }, (own) => {
      api = own;
      own.onDispose("last words", async () => {
        api?.emit(happened, 9);
        await Promise.resolve();
      });
    });
    const { host } = await boot([
      extension("base", listens, (own) => own.on(happened, (n: number) => void seen.push(n))),
      { manifest: { ...last.manifest, ...dependsOn("base") }, trust: "bundled", load: () => last },
    ]);
    await host.stop();
    expect(seen).toEqual([9]);
  });
});
