import { createHash } from "node:crypto";
import type { SurfaceUpdate } from "@dispatch/wire";
import fc from "fast-check";
import { afterEach, describe, expect, it, test } from "vitest";
import * as z from "zod";
import {
  contributing,
  type Driven,
  driven,
  type SurfaceStage,
  shownValue,
  startSurfaces,
  stat,
  updatesOf,
} from "../test/start-surfaces.ts";

let stage: SurfaceStage;
afterEach(() => stage.stop());

const call = { credential: "t" };
const subscribe = (surface: string, conversationId?: string) => ({
  type: "surface.subscribe",
  surface,
  ...(conversationId && { conversationId }),
});

describe("an extension at fault hurts its own surface only", () => {
  let bad: Driven;
  let good: Driven;
  const start = async () => {
    [bad, good] = [driven("global"), driven("global")];
    stage = await startSurfaces([
      contributing("bads", { bad: bad.definition }),
      contributing("goods", { good: good.definition }),
    ]);
    return stage.connect();
  };
  const cases: readonly (readonly [string, () => never])[] = [
    [
      "throws",
      () => {
        throw new Error("secret words");
      },
    ],
    ["rejects", () => Promise.reject(new Error("secret words")) as never],
    ["gives nothing", () => undefined as never],
    ["gives a part of no kind", () => ({ parts: [{ kind: "secret words", id: "a", label: "b" }] }) as never],
    ["gives a field too many", () => ({ ...stat(1), more: "secret words" }) as never],
    ["gives two parts of one id", () => ({ parts: [...stat(1).parts, ...stat(2).parts] }) as never],
    [
      "gives more than a state may have",
      () =>
        ({ parts: [{ kind: "custom", id: "a", label: "b", type: "t", data: "x".repeat(300_000) }] }) as never,
    ],
    [
      "gives what is no JSON",
      () => ({ parts: [{ kind: "custom", id: "a", label: "b", type: "t", data: 1n }] }) as never,
    ],
  ];
  it.each(cases)("that %s", async (_name, answer) => {
    const client = await start();
    expect(await client.ask(subscribe("good"))).toMatchObject({ type: "ok" });
    expect(await client.ask(subscribe("bad"))).toMatchObject({ type: "ok" });
    bad.answer = answer;
    bad.changed();
    good.set(5);
    await stage.clock.advance(100);
    await client.until((frame) => shownValue(frame) === 5);
    const failed = await client.until(
      ({ type, surface, error }) => type === "surface.update" && surface === "bad" && error !== undefined,
    );
    expect(failed.error).toMatchObject({ code: "surface-failed", status: 502 });
    expect(failed).not.toHaveProperty("ended");
    expect(JSON.stringify(client.frames)).not.toContain("secret words");
    expect(await client.ask({ ...subscribe("bad"), id: "again" })).toMatchObject({
      error: { code: "surface-failed" },
    });
    expect((await stage.get("/surfaces/bad")).status).toBe(502);
    expect((await stage.get("/surfaces/good")).status).toBe(200);
    bad.answer = undefined;
    bad.set(7);
    await stage.clock.advance(100);
    await client.until((frame) => frame.surface === "bad" && shownValue(frame) === 7);
    await client.close();
  });

  it("that hangs: after its time the error, and others meanwhile", async () => {
    const client = await start();
    bad.answer = () => new Promise(() => undefined);
    const answer = client.ask({ ...subscribe("bad"), id: "slow" });
    expect(await client.ask(subscribe("good"))).toMatchObject({ type: "ok" });
    await expect.poll(() => bad.reads).toBe(1);
    await stage.clock.advance(5_000);
    expect(await answer).toMatchObject({ error: { code: "surface-failed" } });
    await client.close();
    await expect.poll(() => bad.watched.get("")).toBe(0);
  });
});

test("a surface of a conversation: its own values, and the end with the conversation", async () => {
  const surface = driven("conversation");
  stage = await startSurfaces([contributing("brings", { count: surface.definition })]);
  for (const id of ["one", "two"]) await stage.sessions.create({ id }, call);
  surface.set(1, "one");
  surface.set(2, "two");
  const client = await stage.connect();
  expect(shownValue(await client.ask(subscribe("count", "one")))).toBe(1);
  expect(shownValue(await client.ask(subscribe("count", "two")))).toBe(2);
  const errors = [
    subscribe("count"),
    subscribe("count", "three"),
    subscribe("extensions", "one"),
    subscribe("cuont", "one"),
  ];
  const codes = [];
  for (const frame of errors) codes.push((await client.ask(frame)).error?.code);
  expect(codes).toEqual([
    "invalid-request",
    "conversation-not-found",
    "invalid-request",
    "surface-not-found",
  ]);
  await stage.sessions.delete("one");
  const ended = await client.until(({ ended }) => ended === true);
  expect(ended).toMatchObject({
    surface: "count",
    conversationId: "one",
    error: { code: "conversation-not-found" },
  });
  expect(surface.watched).toEqual(
    new Map([
      ["one", 0],
      ["two", 1],
    ]),
  );
  surface.set(3, "two");
  await stage.clock.advance(100);
  await client.until((frame) => frame.conversationId === "two" && shownValue(frame) === 3);
  expect((await stage.get("/surfaces/count?conversationId=two")).body).toMatchObject({
    conversationId: "two",
  });
  expect((await stage.get("/surfaces/count?conversationId=one")).status).toBe(404);
  await client.close();
  await expect.poll(() => surface.watched.get("two")).toBe(0);
});

test("a reload: the old watch is undone, the new surface takes its place, nobody subscribes again", async () => {
  const [old, fresh] = [driven("global"), driven("global")];
  const next = contributing("brings", { count: fresh.definition });
  stage = await startSurfaces([contributing("brings", { count: old.definition })]);
  const client = await stage.connect();
  await client.ask(subscribe("count"));
  fresh.set(9);
  await stage.host.reload("brings", { manifest: next.manifest, trust: "bundled", load: () => next });
  await client.until((frame) => shownValue(frame) === 9);
  expect([old.watched.get(""), fresh.watched.get("")]).toEqual([0, 1]);
  const revisions = updatesOf(client, "count").map(({ revision }) => revision);
  expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
  // The extension itself: whoever looked is told that it is over, and no watch is left.
  await stage.host.reload("surfaces");
  await client.until(({ ended }) => ended === true);
  await client.until(({ type }) => type === "catalog");
  await expect
    .poll(async () => (await client.ask({ ...subscribe("count"), id: `r${Math.random()}` })).type)
    .toBe("ok");
  expect(fresh.watched.get("")).toBe(1);
  await client.close();
});

test("the table of extensions is live: a fault and a reload are seen", async () => {
  stage = await startSurfaces([contributing("brings", { count: driven("global").definition })]);
  const client = await stage.connect();
  await client.ask(subscribe("extensions"));
  const faults = (frame: { readonly state?: unknown }) => {
    const table = (frame.state as SurfaceUpdate["state"])?.parts.find(({ kind }) => kind === "table");
    return table?.kind === "table" ? table.rows.find(({ id }) => id === "brings")?.cells.faults : undefined;
  };
  stage.host.fault("brings", "a timer", new Error("boom"));
  await stage.clock.advance(100);
  await client.until((frame) => faults(frame as never) === 1);
  await stage.host.reload("brings");
  await stage.clock.advance(100);
  const seen = client.frames.length;
  await expect
    .poll(async () => {
      await stage.clock.advance(100);
      return client.frames.slice(seen - 3).some((frame) => faults(frame as never) === 0);
    })
    .toBe(true);
  await client.close();
});

describe("actions", () => {
  const ran: unknown[] = [];
  const note = (_target: unknown, value: unknown) => void ran.push(value);
  const actions = {
    plain: { scope: "write", run: note },
    checked: { scope: "write", value: z.object({ n: z.number() }).strict(), run: note },
    guarded: { scope: "admin", run: note },
    fails: {
      scope: "write",
      run: () => {
        throw new Error("secret words");
      },
    },
  } as const;
  const start = async () => {
    ran.length = 0;
    stage = await startSurfaces([contributing("brings", { acts: driven("global", actions).definition })]);
  };
  const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

  it("each refusal has its code, over both doors", async () => {
    await start();
    const client = await stage.connect();
    const cases: readonly (readonly [string, string, unknown, string])[] = [
      ["acts", "plian", 1, "action-not-found"],
      ["acts", "constructor", 1, "action-not-found"],
      ["nothing", "plain", 1, "surface-not-found"],
      ["acts", "checked", { n: "1" }, "invalid-request"],
      ["acts", "checked", { n: 1, m: 1 }, "invalid-request"],
      ["acts", "plain", deep(17), "invalid-request"],
      ["acts", "plain", "x".repeat(70_000), "invalid-request"],
      ["acts", "fails", 1, "surface-failed"],
    ];
    for (const [surface, action, value, code] of cases) {
      const answer = await client.ask({ type: "surface.invoke", surface, action, value });
      expect([action, answer.error?.code]).toEqual([action, code]);
      expect((await stage.post(`/surfaces/${surface}/${action}`, { value })).body.code).toBe(code);
    }
    expect(JSON.stringify(client.frames)).not.toContain("secret words");
    expect(ran).toEqual([]);
    expect(
      await client.ask({ type: "surface.invoke", surface: "acts", action: "plain", value: deep(16) }),
    ).toMatchObject({ invoked: true });
    await client.close();
  });

  it("the scope that counts is the action's", async () => {
    await start();
    const narrow = "dsp_narrow-0123456789abcdef";
    const tokenHash = createHash("sha256").update(narrow).digest("hex");
    stage.credentials.add({ id: "narrow", tokenHash, scopes: ["read", "write"] });
    const client = await stage.connect(narrow);
    const invoke = (action: string) =>
      client.ask({ type: "surface.invoke", surface: "acts", action, value: action });
    expect(await invoke("plain")).toMatchObject({ type: "ok" });
    expect(await invoke("guarded")).toMatchObject({ error: { code: "forbidden-scope" } });
    expect(ran).toEqual(["plain"]);
    await client.close();
  });

  it("a key is carried out once, over both doors together, and a failure is not kept", async () => {
    await start();
    const client = await stage.connect();
    const frame = {
      type: "surface.invoke",
      surface: "acts",
      action: "plain",
      value: { a: 1, b: 2 },
      idempotencyKey: "k",
    };
    await Promise.all([...Array(5)].map(() => client.ask({ ...frame })));
    expect((await stage.post("/surfaces/acts/plain", { value: { b: 2, a: 1 } }, "k")).status).toBe(200);
    expect(ran).toEqual([{ a: 1, b: 2 }]);
    expect((await stage.post("/surfaces/acts/plain", { value: 2 }, "k")).body.code).toBe(
      "idempotency-mismatch",
    );
    for (const _ of [1, 2])
      expect((await stage.post("/surfaces/acts/fails", {}, "f")).body.code).toBe("surface-failed");
    await client.close();
    await stage.clock.advance(25 * 60 * 60_000);
    expect((await stage.post("/surfaces/acts/plain", { value: 2 }, "k")).status).toBe(200);
    expect(ran).toEqual([{ a: 1, b: 2 }, 2]);
  });
});

test("an action that takes longer than it may is not run again by a repeat under its key", async () => {
  let finish = (): void => undefined;
  let runs = 0;
  const slow = {
    scope: "write",
    run: () => {
      runs += 1;
      return new Promise<void>((resolve) => {
        finish = resolve;
      });
    },
  } as const;
  const { definition } = driven("global", { slow });
  stage = await startSurfaces([contributing("brings", { acts: definition })], { actionMs: 1_000 });
  const late = stage.post("/surfaces/acts/slow", {}, "k");
  await expect.poll(() => runs).toBe(1);
  await stage.clock.advance(1_000);
  expect((await late).body.code).toBe("surface-failed");
  const client = await stage.connect();
  const again = client.ask({
    type: "surface.invoke",
    surface: "acts",
    action: "slow",
    idempotencyKey: "k",
  });
  await client.ask({ type: "ping" });
  finish();
  expect(await again).toMatchObject({ invoked: true });
  expect(runs).toBe(1);
  await client.close();
});

test("one socket follows no more than it may; what it leaves makes room", async () => {
  const names = ["a", "b", "c"];
  const surfaces = Object.fromEntries(names.map((name) => [name, driven("global").definition]));
  stage = await startSurfaces([contributing("brings", surfaces)], { maxSubscriptions: 2 });
  const client = await stage.connect();
  const types = [];
  for (const name of ["a", "b", "a", "c"]) types.push((await client.ask(subscribe(name))).type);
  expect(types).toEqual(["ok", "ok", "ok", "error"]);
  await client.ask({ type: "surface.unsubscribe", surface: "a" });
  expect((await client.ask(subscribe("c"))).type).toBe("ok");
  await client.close();
});

test("clients that come, go and leave half-way: whoever looks has the last state, and no watch is left (property)", async () => {
  const surface = driven("conversation");
  stage = await startSurfaces([contributing("brings", { count: surface.definition })]);
  const targets = ["one", "two"];
  for (const id of targets) await stage.sessions.create({ id }, call);
  const action = fc.record({
    who: fc.nat(2),
    target: fc.constantFrom(...targets),
    do: fc.constantFrom("subscribe", "subscribe", "unsubscribe", "change", "change", "burst", "tick"),
  });
  let value = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 40 }), async (actions) => {
      const clients = await Promise.all([0, 1, 2].map(() => stage.connect()));
      const looks = new Set<string>();
      for (const { who, target, do: what } of actions) {
        const client = clients[who];
        if (!client) continue;
        if (what === "subscribe" || what === "unsubscribe") {
          client.send({
            type: `surface.${what}`,
            id: `n${value++}`,
            surface: "count",
            conversationId: target,
          });
          if (what === "subscribe") looks.add(`${who} ${target}`);
          else looks.delete(`${who} ${target}`);
        } else if (what === "tick") await stage.clock.advance(60);
        else for (let n = 0; n < (what === "burst" ? 10 : 1); n++) surface.set(++value, target);
      }
      for (const client of clients) await client.ask({ type: "ping" });
      const last = new Map(targets.map((target) => [target, ++value]));
      for (const [target, number] of last) surface.set(number, target);
      for (let n = 0; n < 4; n++) await stage.clock.advance(100);
      for (const [who, client] of clients.entries()) {
        for (const target of targets) {
          if (!looks.has(`${who} ${target}`)) continue;
          await client.until(
            (frame) => frame.conversationId === target && shownValue(frame) === last.get(target),
          );
          const revisions = client.frames
            .filter((frame) => frame.conversationId === target)
            .map(({ revision }) => Number(revision));
          expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
        }
      }
      for (const client of clients) await client.close();
      await expect.poll(() => [...surface.watched.values()].every((count) => count === 0)).toBe(true);
    }),
    { numRuns: 25 },
  );
}, 60_000);
