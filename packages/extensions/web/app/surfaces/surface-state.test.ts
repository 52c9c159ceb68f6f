import type { SurfaceInfo, SurfaceUpdate } from "@dispatch/wire";
import { expect, test } from "vitest";
import { isAbout, nothingYet, shownSurfaces, withUpdate } from "./surface-state.ts";

const update = (revision: number, value?: string): SurfaceUpdate => ({
  surface: "s",
  revision,
  ...(value === undefined ? {} : { state: { parts: [{ kind: "stat", id: "a", label: "A", value }] } }),
});
const failed: SurfaceUpdate = {
  ...update(5),
  error: { type: "x", title: "T", status: 502, code: "surface-failed", detail: "It broke." },
};

test("the latest state counts, in whatever order they come", () => {
  const shown = [update(3, "new"), update(2, "old")].reduce(withUpdate, nothingYet);
  expect(shown).toMatchObject({ revision: 3, state: { parts: [{ value: "new" }] } });
});

test("a failure is said beside the last state, and gone with the next one", () => {
  const shown = [update(3, "kept"), failed].reduce(withUpdate, nothingYet);
  expect(shown).toMatchObject({ error: "It broke.", state: { parts: [{ value: "kept" }] } });
  expect(withUpdate(shown, update(6, "well")).error).toBeUndefined();
});

test("a state belongs to its surface and its conversation", () => {
  expect(isAbout({ surface: "q", conversationId: "c" }, "q", "c")).toBe(true);
  expect(isAbout({ surface: "q", conversationId: "d" }, "q", "c")).toBe(false);
  expect(isAbout({ surface: "q" }, "q", undefined)).toBe(true);
});

test("surfaces of the conversation come first, and only with one", () => {
  const info = (surface: string, scope: SurfaceInfo["scope"]): SurfaceInfo => ({
    surface,
    scope,
    title: surface,
    extension: "x",
    actions: {},
  });
  const all = [info("g", "global"), info("c", "conversation")];
  expect(shownSurfaces(all, "id").map(({ surface }) => surface)).toEqual(["c", "g"]);
  expect(shownSurfaces(all, undefined).map(({ surface }) => surface)).toEqual(["g"]);
});
