import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { acquireLock, takeOver } from "./lock.ts";

const base = mkdtempSync(join(tmpdir(), "store-level-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const folder = (): string => mkdtempSync(join(base, "d-"));

test("a lock that took the place of the one judged stale is left alone", () => {
  const dir = folder();
  const [path, ours] = [`${dir}/store.lock`, `${dir}/ours`];
  writeFileSync(ours, "ours");
  writeFileSync(path, "somebody's new lock");
  expect(takeOver(ours, path, "the stale lock")).toBe(false);
  expect(readFileSync(path, "utf8")).toBe("somebody's new lock");
  expect(takeOver(ours, path, "somebody's new lock")).toBe(true);
  expect(readFileSync(path, "utf8")).toBe("ours");
  expect(readdirSync(dir).sort()).toEqual(["ours", "store.lock"]);
});

test("tells who holds it, and a release removes only one's own", async () => {
  const dir = folder();
  const lock = await acquireLock(dir, Date.UTC(2026, 0, 2));
  expect(lock.held()).toBe(true);
  await expect(acquireLock(dir, 0)).rejects.toMatchObject({
    code: "store-locked",
    message: `process ${process.pid} (dispatch, since 2026-01-02T00:00:00.000Z) uses ${dir}.`,
  });
  writeFileSync(`${dir}/store.lock`, "another's");
  expect(lock.held()).toBe(false);
  lock.release();
  expect(readdirSync(dir)).toEqual(["store.lock"]);
});
