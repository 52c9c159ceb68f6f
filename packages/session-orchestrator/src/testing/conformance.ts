/** What the suites are made of: cases as data, for any test runner. A case throws when the implementation is wrong. */
import assert from "node:assert/strict";
import type { KeyValue } from "@dispatch/kernel";
import type { ConversationLog, LogBatch, LogEntry, Ownership } from "../ports/log.ts";

export interface LogHarness {
  readonly log: ConversationLog;
  readonly ownership: Ownership;
  /** Closes it and opens the same data again. */
  reopen(): Promise<LogHarness>;
  close(): Promise<void>;
}

export interface KvHarness {
  readonly kv: KeyValue;
  reopen(): Promise<KvHarness>;
  close(): Promise<void>;
}

/** `open` gives an empty store at every call. */
export interface Case<Harness> {
  readonly name: string;
  run(open: () => Promise<Harness>): Promise<void>;
}
export type LogCase = Case<LogHarness>;
export type KvCase = Case<KvHarness>;

/** A case on one store, which is closed at the end whatever happens. */
export const onOne = <Harness extends { close(): Promise<void> }>(
  name: string,
  test: (harness: Harness) => Promise<Harness | undefined> | Promise<void>,
): Case<Harness> => ({
  name,
  async run(open) {
    const harness = await open();
    const last = (await test(harness)) ?? harness;
    await last.close();
  },
});

export const epoch = "e1";

/** Entries from `first` on whose JSON tells their place. */
export const entriesFrom = (first: number, count: number, pad = ""): LogEntry[] =>
  Array.from({ length: count }, (_, i) => ({
    seq: first + i,
    json: JSON.stringify({ seq: first + i, pad }),
  }));

export type BatchParts = Partial<LogBatch> & Pick<LogBatch, "conversationId" | "expectedHead">;

/** A batch of a single writer, with what the case does not care about filled in. */
export const batchOf = (parts: BatchParts): LogBatch => ({
  fence: 1,
  entries: [],
  sync: false,
  ...(parts.expectedHead === 0 && { epoch }),
  ...parts,
});

/** Appends `count` records behind `head`. */
export const grow = (
  log: ConversationLog,
  conversationId: string,
  head: number,
  count: number,
): Promise<void> =>
  log.append(batchOf({ conversationId, expectedHead: head, entries: entriesFrom(head + 1, count) }));

export const seqsOf = (entries: readonly LogEntry[]): number[] => entries.map(({ seq }) => seq);

/** Every record, page by page. */
export async function readAll(log: ConversationLog, conversationId: string): Promise<LogEntry[]> {
  const all: LogEntry[] = [];
  for (let more = true, after = 0; more; ) {
    const page = await log.read(conversationId, after);
    all.push(...page.entries);
    after = page.entries.at(-1)?.seq ?? after;
    more = page.hasMore;
  }
  return all;
}

/** That `action` is refused with this code. */
export async function refused(action: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(action, (error) => {
    assert.equal((error as { code?: unknown }).code, code, String(error));
    return true;
  });
}
