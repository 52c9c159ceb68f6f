import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFiles } from "./files.ts";

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "dispatch-attachments-")), "kept");
});
afterEach(() => rm(join(folder, ".."), { recursive: true, force: true }));

const open = (limits: { maxBytes?: number; maxTotalBytes?: number } = {}) =>
  createFiles({ folder, maxBytes: 100, maxTotalBytes: 1_000, ...limits });
async function* pieces(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

describe("the folder", () => {
  it("keeps the same bytes once, for the owner alone, and has them after a restart", async () => {
    const files = await open();
    const one = await files.add(pieces("hel", "lo"));
    const two = await files.add(pieces("hello"));
    expect(two).toEqual(one);
    expect(one).toMatchObject({ id: expect.stringMatching(/^[\w-]{43}$/), size: 5 });
    expect(await readdir(folder)).toEqual([one.id]);
    expect((await stat(join(folder, one.id))).mode & 0o077).toBe(0);
    expect((await stat(folder)).mode & 0o077).toBe(0);
    const again = await open();
    expect(Buffer.from((await again.read(one.id)) ?? []).toString()).toBe("hello");
    expect(await again.list()).toEqual([one.id]);
  });

  it("counts the same bytes once, also when they come at the same time", async () => {
    const files = await open({ maxTotalBytes: 35 });
    for (let round = 0; round < 5; round++) {
      const both = await Promise.all([files.add(pieces("0123456789")), files.add(pieces("0123456789"))]);
      expect(both[0]).toEqual(both[1]);
    }
    await files.add(pieces("9876543210"));
  });

  it("refuses what is too long, leaves nothing of it and goes on", async () => {
    const files = await open({ maxBytes: 5 });
    await expect(files.add(pieces("123", "456"))).rejects.toMatchObject({ code: "payload-too-large" });
    expect(await readdir(folder)).toEqual([]);
    expect(await files.add(pieces("12345"))).toMatchObject({ size: 5 });
  });

  it("refuses what has no room, counting the same bytes once, and has room again when something goes", async () => {
    const files = await open({ maxTotalBytes: 14 });
    const { id } = await files.add(pieces("0123456789"));
    await expect(files.add(pieces("abcde"))).rejects.toMatchObject({ code: "attachments-full" });
    expect(await files.add(pieces("abcd"))).toMatchObject({ size: 4 });
    await files.remove(id);
    await files.remove(id);
    expect(await files.add(pieces("0123456789"))).toMatchObject({ id });
    const reopened = await open({ maxTotalBytes: 14 });
    await expect(reopened.add(pieces("x"))).rejects.toMatchObject({ code: "attachments-full" });
  });

  it("leaves nothing of what a sender breaks off or a crash cuts", async () => {
    const files = await open();
    async function* broken() {
      yield Buffer.from("half");
      throw new Error("gone");
    }
    await expect(files.add(broken())).rejects.toThrow("gone");
    expect(await readdir(folder)).toEqual([]);
    await writeFile(join(folder, "abc.part"), "half");
    await open();
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(["", ".", "..", "../token", "/etc/passwd", "a".repeat(44), `${"a".repeat(42)}/`, "\0".repeat(43)])(
    "has nothing under %j",
    async (id) => {
      const files = await open();
      expect(await files.look(id)).toBeUndefined();
      expect(await files.read(id)).toBeUndefined();
      await files.remove(id);
    },
  );
});
