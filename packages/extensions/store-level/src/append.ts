/** Appends: everything a batch says becomes one atomic write. */
import { checkBatch, type LogBatch } from "@dispatch/session-orchestrator/ports";
import type { Operation } from "./database.ts";
import { encodeHeader, type Header, type Known, type OpenIncrements } from "./heads.ts";
import { hashOf, keys, type ListPlace } from "./keys.ts";
import type { Parts } from "./parts.ts";
import { finishDelete } from "./remove.ts";
import { encodeRow, joinPair } from "./rows.ts";

const put = (key: string, text: string): Operation => ({ type: "put", key, value: encodeRow(key, text) });
const del = (key: string): Operation => ({ type: "del", key });

const samePlace = (a: ListPlace | undefined, b: ListPlace | undefined): boolean =>
  a?.order === b?.order && a?.closed === b?.closed;

function headerAfter(batch: LogBatch, before: Header | undefined): Header {
  const list = batch.row ? { order: batch.row.order, closed: batch.row.status === "closed" } : before?.list;
  return {
    epoch: before?.epoch ?? batch.epoch ?? "",
    head: batch.expectedHead + batch.entries.length,
    firstSeq: before?.firstSeq ?? 1,
    fence: batch.fence,
    ...(list && { list }),
  };
}

function noteIncrements(batch: LogBatch, open: OpenIncrements): void {
  for (const { block, at } of batch.increments ?? []) open.set(block, (open.get(block) ?? new Set()).add(at));
  for (const block of batch.sealed ?? []) open.delete(block);
}

function* operationsOf(batch: LogBatch, before: Known | undefined, header: Header): Generator<Operation> {
  const id = batch.conversationId;
  const old = before?.header;
  for (const { seq, json } of batch.entries) yield put(keys.record(id, seq), json);
  const sealed = new Set(batch.sealed);
  for (const { block, at, text, meta } of batch.increments ?? []) {
    if (!sealed.has(block)) yield put(keys.increment(id, block, at), JSON.stringify({ text, meta }));
  }
  for (const block of sealed) {
    for (const at of before?.increments.get(block) ?? []) yield del(keys.increment(id, block, at));
  }
  if (batch.state !== undefined) yield put(keys.state(id), joinPair(header.head, batch.state));
  if (batch.row && header.list) {
    if (old?.list && !samePlace(old.list, header.list)) yield del(keys.listed(id, old.list));
    const row = joinPair(batch.row.status, batch.row.json);
    yield put(keys.listed(id, header.list), row);
    yield put(keys.listCopy(id), row);
  }
  if (batch.running !== undefined) yield batch.running ? put(keys.running(id), "") : del(keys.running(id));
  if (batch.idempotency) {
    const { key, json, expiresAt } = batch.idempotency;
    const hash = hashOf(key);
    yield put(keys.remembered(hash, expiresAt), json);
    yield put(keys.expiry(hash, expiresAt), "");
  }
  const changed =
    old === undefined ||
    old.head !== header.head ||
    old.fence !== header.fence ||
    !samePlace(old.list, header.list);
  if (changed) yield { type: "put", key: keys.header(id), value: encodeHeader(id, header) };
}

/** @throws `log-conflict` and `log-invalid` as `checkBatch`; `store-failed` when the write failed (it may still be there). */
export const createAppend =
  ({ database, heads, queue }: Parts) =>
  (batch: LogBatch): Promise<void> =>
    database.writing(() =>
      queue(batch.conversationId, async () => {
        const id = batch.conversationId;
        // What is left of a deleted one of this id has no header: the two do not meet.
        const [before] = await Promise.all([
          heads.get(id),
          batch.expectedHead === 0 ? finishDelete(database, id) : undefined,
        ]);
        checkBatch(batch, before?.header);
        const header = headerAfter(batch, before?.header);
        await database.write([...operationsOf(batch, before, header)], batch.sync);
        const increments: OpenIncrements = before?.increments ?? new Map();
        noteIncrements(batch, increments);
        heads.set(id, { header, increments });
      }),
    );
