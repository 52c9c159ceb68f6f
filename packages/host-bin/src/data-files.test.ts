import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { privateFolder } from "./private-file.ts";
import { readServerFile, removeServerFile, type ServerFile, writeServerFile } from "./server-file.ts";
import { isAlive } from "./servers/is-alive.ts";
import { takeStartLock } from "./servers/start-lock.ts";
import { type TestFolder, testFolder } from "./testing/folder.ts";
import { ensureToken, readToken } from "./token.ts";

let folder: TestFolder;
beforeEach(() => {
  folder = testFolder();
});
afterEach(() => folder.remove());

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe("the data folder", () => {
  it("is made private, also when it was not", async () => {
    const path = join(folder.path, "a", "b");
    await privateFolder(path);
    expect(modeOf(path)).toBe("700");
    chmodSync(path, 0o755);
    await privateFolder(path);
    expect(modeOf(path)).toBe("700");
  });
});

describe("the token", () => {
  it("is made once: 32 random bytes that only the owner can read", async () => {
    const path = join(folder.path, "token");
    const tokens = await Promise.all(Array.from({ length: 10 }, () => ensureToken(path)));
    expect(new Set(tokens).size).toBe(1);
    expect(Buffer.from(tokens[0] ?? "", "base64url")).toHaveLength(32);
    expect(modeOf(path)).toBe("600");
    expect(await readToken(path)).toBe(tokens[0]);
    expect(readdirSync(folder.path)).toEqual(["token"]);
  });

  it("is kept, its rights narrowed; nonsense in the file is said", async () => {
    const token = "a".repeat(43);
    const path = folder.file("token", `${token}\n`);
    chmodSync(path, 0o644);
    expect(await ensureToken(path)).toBe(token);
    expect(modeOf(path)).toBe("600");
    writeFileSync(path, "short");
    await expect(ensureToken(path)).rejects.toThrow("does not hold a token");
    expect(await readToken(join(folder.path, "absent"))).toBeUndefined();
  });
});

describe("server.json", () => {
  const file: ServerFile = {
    pid: 1,
    url: "http://127.0.0.1:1",
    version: "1",
    startedAt: 0,
    fingerprint: { version: "1" },
  };

  it("is private, whole, and removed only by the one who wrote it", async () => {
    const path = join(folder.path, "server.json");
    await writeServerFile(path, file);
    await writeServerFile(path, { ...file, pid: 2 });
    expect(modeOf(path)).toBe("600");
    expect(readdirSync(folder.path)).toEqual(["server.json"]);
    expect(readServerFile(path)).toEqual({ ...file, pid: 2 });
    removeServerFile(path, 1);
    expect(existsSync(path)).toBe(true);
    removeServerFile(path, 2);
    expect(existsSync(path)).toBe(false);
    removeServerFile(path, 2);
  });

  it.each(["", "{", "[]", '{"pid":"x","url":"y"}', '{"pid":1}'])("counts as absent: %j", (text) => {
    expect(readServerFile(folder.file("server.json", text))).toBeUndefined();
  });
});

describe("isAlive", () => {
  it("takes no ended process for a living one, not even before its parent noticed", async () => {
    expect(isAlive(process.pid)).toBe(true);
    // The shell becomes a program that never asks for its ended child.
    const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 30"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const [text] = (await once(parent.stdout, "data")) as [Buffer];
      const child = Number(String(text));
      expect(child).toBeGreaterThan(0);
      await expect.poll(() => isAlive(child)).toBe(false);
    } finally {
      parent.kill();
    }
  });
});

describe("the start lock", () => {
  it("has one holder at a time", async () => {
    const path = join(folder.path, "start.lock");
    const taken = await Promise.all(Array.from({ length: 5 }, () => takeStartLock(path)));
    const holders = taken.filter((unlock) => unlock !== undefined);
    expect(holders).toHaveLength(1);
    holders[0]?.();
    expect(await takeStartLock(path)).toBeDefined();
  });

  it("is taken over from one that is dead, and left to one that is not", async () => {
    const path = folder.file("start.lock", "999999999");
    expect(isAlive(999_999_999)).toBe(false);
    const unlock = await takeStartLock(path);
    expect(readFileSync(path, "utf8")).toBe(String(process.pid));
    unlock?.();
    expect(existsSync(path)).toBe(false);
    writeFileSync(path, String(process.ppid));
    expect(await takeStartLock(path)).toBeUndefined();
    mkdirSync(join(folder.path, "x"));
    expect(readdirSync(folder.path).filter((name) => name.includes("stale"))).toEqual([]);
  });
});
