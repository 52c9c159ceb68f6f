import type { SurfaceInfo } from "@dispatch/wire";
import { afterEach, expect, test } from "vitest";
import {
  contributing,
  driven,
  type SurfaceStage,
  shownValue,
  startSurfaces,
  updatesOf,
} from "../test/start-surfaces.ts";

let stage: SurfaceStage;
afterEach(() => stage.stop());

test("the catalogue comes when a socket opens and whenever it is another; over HTTP it is the same", async () => {
  const { definition } = driven("global", { press: { scope: "write", run: () => undefined } });
  stage = await startSurfaces([contributing("brings", { pressed: definition })]);
  const client = await stage.connect();
  const catalog = await client.until(({ type }) => type === "catalog");
  expect(catalog.surfaces).toEqual([
    { surface: "extensions", title: "Extensions", scope: "global", extension: "surfaces", actions: {} },
    {
      surface: "pressed",
      title: "Driven global",
      scope: "global",
      extension: "brings",
      actions: { press: "write" },
    },
  ]);
  expect((await stage.get("/surfaces")).body).toEqual({ items: catalog.surfaces });
  const { definition: other } = driven("conversation");
  await stage.host.reload("brings", {
    manifest: contributing("brings", { pressed: other }).manifest,
    trust: "bundled",
    load: () => contributing("brings", { pressed: other }),
  });
  const isNew = ({ type, surfaces }: { type: string; surfaces?: unknown }) =>
    type === "catalog" && (surfaces as SurfaceInfo[]).some(({ scope }) => scope === "conversation");
  await client.until(isNew);
  await client.close();
});

test("the answer to subscribe holds the state of that moment, updates follow to all who look, in order", async () => {
  const surface = driven("global");
  stage = await startSurfaces([contributing("brings", { count: surface.definition })]);
  const [a, b] = [await stage.connect(), await stage.connect()];
  surface.set(1);
  const first = await a.ask({ type: "surface.subscribe", surface: "count" });
  expect(first).toMatchObject({ type: "ok", surface: "count" });
  expect(shownValue(first)).toBe(1);
  surface.set(2);
  await stage.clock.advance(100);
  await a.until((frame) => shownValue(frame) === 2);
  const second = await b.ask({ type: "surface.subscribe", surface: "count" });
  expect(shownValue(second)).toBe(2);
  expect(surface.watched.get("")).toBe(1);
  surface.set(3);
  await stage.clock.advance(100);
  for (const client of [a, b]) await client.until((frame) => shownValue(frame) === 3);
  const revisions = [first, ...updatesOf(a, "count")].map(({ revision }) => revision as number);
  expect(revisions).toEqual([...new Set(revisions)].sort((x, y) => x - y));

  expect(await a.ask({ type: "surface.unsubscribe", surface: "count" })).toMatchObject({ type: "ok" });
  const before = updatesOf(a, "count").length;
  surface.set(4);
  await stage.clock.advance(100);
  await b.until((frame) => shownValue(frame) === 4);
  expect(updatesOf(a, "count")).toHaveLength(before);
  await b.close();
  await expect.poll(() => surface.watched.get("")).toBe(0);
  await a.close();
});
