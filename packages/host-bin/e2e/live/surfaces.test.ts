/** Surfaces on a real server: the table of extensions, a third party's surface, and the guide's own example. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { tempFolder } from "../support/server.ts";
import { openSocket, type Received } from "../support/socket.ts";
import { type Stage, setStage } from "../support/stage.ts";

const root = (path: string) => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));

let folder: { path: string; remove(): Promise<void> };
let stage: Stage | undefined;
beforeEach(async () => {
  folder = await tempFolder("surfaces");
});
afterEach(async () => {
  await stage?.end();
  stage = undefined;
  await folder.remove();
});

const partsOf = ({ state }: Received | Record<string, unknown>) =>
  (state as { parts: { id: string; value?: unknown; label: string; rows?: { id: string }[] }[] }).parts;
const shownValue = (frame: Received | Record<string, unknown>, id: string) =>
  frame.state ? partsOf(frame).find((part) => part.id === id)?.value : undefined;

it("two devices see a third party's surface change, whoever pressed the button; a repeat under its key does nothing", async () => {
  stage = await setStage({ args: ["--ext", root("examples/extensions/todo-board.ts")] });
  const { api, server } = stage;
  const [a, b] = [await openSocket(server), await openSocket(server)];
  const catalog = await a.until(({ type }) => type === "catalog");
  expect(catalog.surfaces).toContainEqual({
    surface: "todo",
    title: "To do",
    scope: "global",
    extension: "todo-board",
    actions: { add: "write", done: "write" },
  });
  for (const device of [a, b]) {
    const answer = await device.ask({ type: "surface.subscribe", surface: "todo" });
    expect(shownValue(answer, "left")).toBe(0);
  }
  const add = (value: unknown, idempotencyKey?: string) =>
    a.ask({ type: "surface.invoke", surface: "todo", action: "add", value, idempotencyKey });
  expect(await add("milk", "k1")).toMatchObject({ type: "ok", invoked: true });
  expect(await add("milk", "k1")).toMatchObject({ type: "ok", invoked: true });
  expect(await add("bread", "k1")).toMatchObject({ error: { code: "idempotency-mismatch" } });
  expect(await add("")).toMatchObject({ error: { code: "invalid-request" } });
  expect(await add("bread")).toMatchObject({ type: "ok" });
  await b.until((frame) => shownValue(frame, "left") === 2);
  expect(await api.json("GET", "/surfaces/todo")).toMatchObject({
    surface: "todo",
    revision: expect.any(Number),
  });
  expect(await api.json("POST", "/surfaces/todo/done", {})).toEqual({ invoked: true });
  for (const device of [a, b]) {
    const last = await device.until((frame) => shownValue(frame, "first") === "bread");
    expect(shownValue(last, "left")).toBe(1);
  }
  expect(await a.ask({ type: "surface.subscribe", surface: "tood" })).toMatchObject({
    error: { code: "surface-not-found", detail: expect.stringContaining("Did you mean todo?") },
  });
  a.ws.close();
  b.ws.close();
});

it("the table of extensions has those that run and why another does not", async () => {
  const bad = join(folder.path, "bad.ts");
  await writeFile(
    bad,
    `import { defineExtension, defineManifest } from "@dispatch/kernel";
     export const manifest = defineManifest({ id: "bad", version: "1.2.3", apiVersion: "^1.0.0" });
     export default defineExtension(manifest, () => { throw new Error("as it may"); });`,
  );
  stage = await setStage({ args: ["--ext", bad] });
  const device = await openSocket(stage.server);
  const answer = await device.ask({ type: "surface.subscribe", surface: "extensions" });
  const rows = partsOf(answer).find(({ id }) => id === "extensions")?.rows;
  expect(rows).toContainEqual({
    id: "bad",
    cells: expect.objectContaining({
      version: "1.2.3",
      trust: "local",
      state: "failed",
      why: expect.stringContaining("as it may"),
    }),
  });
  expect(rows).toContainEqual({
    id: "surfaces",
    cells: expect.objectContaining({ trust: "bundled", state: "active", ms: expect.any(Number) }),
  });
  const { items } = await stage.api.json<{ items: { text: string }[] }>("GET", "/notices");
  expect(items.map(({ text }) => text).join()).toContain("The extension bad is out of service (failed)");
  device.ws.close();
});

it("the example of the guide runs as it stands there", async () => {
  const guide = await readFile(root("notes/writing-extensions.md"), "utf8");
  const code = /```ts\n(\/\/ clicks\.ts\n.*?)```/s.exec(guide)?.[1] ?? "";
  const path = join(folder.path, "clicks.ts");
  await writeFile(path, code);
  stage = await setStage({ args: ["--ext", path] });
  const device = await openSocket(stage.server);
  expect(partsOf(await device.ask({ type: "surface.subscribe", surface: "clicks" }))[0]?.label).toBe(
    "Clicked 0 times",
  );
  await device.ask({ type: "surface.invoke", surface: "clicks", action: "click" });
  await device.until((frame) => frame.state !== undefined && partsOf(frame)[0]?.label === "Clicked 1 times");
  device.ws.close();
});
