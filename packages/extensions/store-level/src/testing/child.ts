/**
 * A process of its own that uses a store, for the tests of locks and crashes: `child <mode> <dataDir>`. It speaks one line
 * per event on stdout, written synchronously, so that a line that was seen stands for something that was done.
 */
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { isDispatchError } from "@dispatch/wire";
import { openStore, type Store } from "../store.ts";
import { noise } from "./noise.ts";

const [, , mode, dataDir = ""] = process.argv;

const say = (...words: (string | number)[]): void => void writeSync(1, `${words.join(" ")}\n`);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const settings = {
  dataDir,
  syncWrites: true,
  hotConversations: 100,
  sweepIntervalMs: 3_600_000,
  checkBytes: 2 ** 30,
  compactAfterRows: 5_000,
  acceptLoss: false,
};

/** Appends to one conversation, every third time for the disk, and acknowledges each append. */
async function keepAppending(
  { log, ownership }: Store,
  conversationId: string,
  padOf: (seq: number) => string,
): Promise<void> {
  const fence = await ownership.claim(conversationId);
  let head = (await log.head(conversationId))?.head ?? 0;
  for (;;) {
    const pad = padOf(head + 1);
    const sync = head % 3 === 0;
    const json = JSON.stringify({ conversationId, seq: head + 1, pad });
    await log.append({
      conversationId,
      fence,
      expectedHead: head,
      ...(head === 0 && { epoch: "e1" }),
      entries: [{ seq: head + 1, json }],
      state: JSON.stringify({ head: head + 1 }),
      row: { order: head + 1, status: "idle", json: JSON.stringify({ id: conversationId, head: head + 1 }) },
      increments: [{ block: `b${head + 1}`, at: 0, text: pad.slice(0, 100), meta: "{}" }],
      sealed: [`b${head}`],
      sync,
    });
    head += 1;
    say("ack", conversationId, head, sync ? "synced" : "kept");
  }
}

const appendAll = (store: Store, pad: string): Promise<unknown> =>
  Promise.all(["a", "b", "c"].map((id) => keepAppending(store, id, () => pad)));

/** Large appends, until there are several table files and a log, and on. */
const grow = (store: Store): Promise<unknown> =>
  Promise.all(["a", "b", "c"].map((id) => keepAppending(store, id, (seq) => noise(`${id}${seq}`, 6_000))));

const codeOf = (error: unknown): string => (isDispatchError(error) ? error.code : String(error));

/** Appends until the disk refuses, shows that reads go on, waits for a word, and appends again. */
async function fill(store: Store): Promise<void> {
  const pad = "x".repeat(5_000);
  await appendAll(store, pad).catch((error: unknown) => say("failed", codeOf(error)));
  await appendAll(store, pad).catch((error: unknown) => say("again", codeOf(error)));
  say("readable", (await store.log.read("a", 0)).entries.length);
  await lines.next();
  say("resumed");
  await appendAll(store, pad);
}

if (mode === "race") {
  say("ready");
  await lines.next();
}
try {
  const store = await openStore(settings, { now: Date.now(), report: () => undefined });
  say("open", process.pid);
  if (mode === "append") await appendAll(store, "x".repeat(300));
  if (mode === "fill") await fill(store);
  if (mode === "grow") await Promise.race([grow(store), lines.next()]);
  await lines.next(); // ends with stdin
  await store.close();
} catch (error) {
  say("refused", codeOf(error), error instanceof Error ? error.message : "");
  process.exitCode = 1;
}
process.stdin.destroy();
