/** Deletions of one conversation at the same time: it is deleted once, archived once, and nobody is told that it failed. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineExtension, defineManifest } from "@dispatch/kernel";
import { scriptedProvider, textReply } from "@dispatch/kernel/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { conversationDeleted } from "../../ports.ts";
import { memoryLog } from "../../testing/memory-log.ts";
import { type SessionStage, startStage } from "../../testing/stage.ts";

let archiveDir: string;
let stage: SessionStage | undefined;
beforeEach(async () => {
  archiveDir = await mkdtemp(join(tmpdir(), "archive-"));
});
afterEach(async () => {
  await stage?.host.stop();
  stage = undefined;
  await rm(archiveDir, { recursive: true });
});
const call = { credential: "t" };

/** Conversation `c` with an answer, over a store that refuses deletions for as long as `refusals` says. */
async function open(refusals = 0) {
  const told: string[] = [];
  const manifest = defineManifest({
    id: "listener",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    dependsOn: { "session-orchestrator": "*" },
    listens: { events: [conversationDeleted.id] },
  });
  const listener = defineExtension(manifest, (host) => {
    host.on(conversationDeleted, ({ conversationId }) => void told.push(conversationId));
  });
  const inner = memoryLog();
  let left = refusals;
  const store = {
    ...inner,
    async delete(id: string) {
      if (left-- > 0) throw new Error("the disk is full");
      return inner.delete(id);
    },
  };
  stage = await startStage({
    provider: scriptedProvider([textReply("one")]),
    store,
    settings: { archiveDir },
    extensions: [listener],
  });
  await stage.sessions.handleMessage({ message: "x", conversationId: "c" }, call);
  return { ...stage, told };
}

it("archives once, whole, and answers everybody the same", async () => {
  const { sessions, told, clock } = await open();
  const answers = await Promise.all([1, 2, 3].map(() => sessions.delete("c", { archive: true })));
  await clock.settle();
  const [name] = await readdir(archiveDir);
  expect(answers).toEqual([1, 2, 3].map(() => ({ deleted: true, archive: name })));
  expect(await readdir(archiveDir)).toHaveLength(1);
  const lines = (await readFile(join(archiveDir, name ?? ""), "utf8")).trimEnd().split("\n");
  const [header, ...records] = lines.map((line) => JSON.parse(line) as { head?: number; seq?: number });
  expect(records.map(({ seq }) => seq)).toEqual(records.map((_, index) => index + 1));
  expect(records).toHaveLength(header?.head ?? -1);
  expect(told).toEqual(["c"]);
});

it("who wants it otherwise than the deletion that runs finds nothing left, not even the next one under that id", async () => {
  const { sessions } = await open();
  const first = sessions.delete("c");
  const second = sessions.delete("c", { archive: true });
  const refused = expect(second).rejects.toMatchObject({ code: "conversation-not-found" });
  expect(await first).toEqual({ deleted: true });
  await sessions.create({ id: "c" }, call);
  await refused;
  expect(await sessions.get("c")).toMatchObject({ id: "c" });
  expect(await readdir(archiveDir)).toEqual([]);
});

it("after a deletion that failed the one that waited does its own", async () => {
  const { sessions } = await open(1);
  const first = sessions.delete("c");
  const second = sessions.delete("c", { archive: true });
  await expect(first).rejects.toThrow("the disk is full");
  expect(await second).toMatchObject({ deleted: true, archive: expect.any(String) });
});

it("a conversation that is deleted, made anew and deleted at once has two archives", async () => {
  const { sessions } = await open();
  await sessions.delete("c", { archive: true });
  await sessions.create({ id: "c" }, call);
  await sessions.delete("c", { archive: true });
  expect(await readdir(archiveDir)).toHaveLength(2);
});
