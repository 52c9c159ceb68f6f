/** Conformance against a plain array: random commands, given as numbers so that a property test can shrink them. */
import assert from "node:assert/strict";
import type { LogEntry } from "../ports/log.ts";
import { batchOf, type LogHarness, readAll, refused } from "./conformance.ts";

interface Model {
  entries: LogEntry[];
  head: number;
  state?: { seq: number; json: string };
  row?: { order: number; closed: boolean };
  running: boolean;
  blocks: Map<string, string>;
}

const ids = ["m", "m-", "mm"] as const;
const emptyModel = (): Model => ({ entries: [], head: 0, running: false, blocks: new Map() });

async function check(harness: LogHarness, models: ReadonlyMap<string, Model>): Promise<void> {
  const { log } = harness;
  for (const id of ids) {
    const model = models.get(id);
    const head = await log.head(id);
    assert.equal(head?.head, model?.head);
    assert.deepEqual(head?.state, model?.state);
    assert.equal(head?.firstSeq, model && (model.entries[0]?.seq ?? 1));
    assert.deepEqual(await readAll(log, id), model?.entries ?? []);
    const open = [...(model?.blocks ?? [])].map(([block, text]) => ({ block, text, meta: "{}" }));
    assert.deepEqual(
      await log.blocks(id),
      open.sort((a, b) => (a.block < b.block ? -1 : 1)),
    );
  }
  assert.deepEqual([...(await log.running())].sort(), ids.filter((id) => models.get(id)?.running).sort());
  const listed = ids
    .flatMap((id) => (models.get(id)?.row ? [{ id, order: models.get(id)?.row?.order ?? 0 }] : []))
    .sort((a, b) => b.order - a.order || (a.id < b.id ? -1 : 1));
  const { rows } = await log.list({ statuses: ["active", "idle", "closed"] });
  assert.deepEqual(
    rows,
    listed.map(({ id }) => JSON.stringify(id)),
  );
}

/** Runs the commands that the numbers stand for on a fresh store and compares it with the model at every restart and at the end. */
export async function runCommands(
  open: () => Promise<LogHarness>,
  commands: readonly number[],
): Promise<void> {
  let harness = await open();
  let fence = 1;
  const models = new Map<string, Model>();
  try {
    for (const command of commands) {
      const pick = (n: number, shift: number): number => Math.floor(command / shift) % n;
      const id = ids[pick(3, 1)] ?? "m";
      const known = models.get(id);
      const model = known ?? emptyModel();
      const kind = pick(10, 3);
      const extra = pick(64, 30);
      if (kind < 6) {
        const count = extra % 4;
        const entries = Array.from({ length: count }, (_, i) => ({
          seq: model.head + 1 + i,
          json: JSON.stringify({ command, i }),
        }));
        const block = `b${extra % 3}`;
        const at = model.blocks.get(block)?.length ?? 0;
        const grows = kind % 2 === 0;
        const sealed = kind === 3 || kind === 4 ? [`b${(extra >> 2) % 3}`] : [];
        const row = extra % 5 === 0 ? { order: extra >> 3, closed: extra % 2 === 0 } : undefined;
        const running = extra % 7 === 0 ? extra % 2 === 0 : undefined;
        const state = extra % 3 === 0 ? JSON.stringify({ command }) : undefined;
        await harness.log.append(
          batchOf({
            conversationId: id,
            expectedHead: model.head,
            fence,
            entries,
            sync: extra % 11 === 0,
            sealed,
            running,
            state,
            ...(grows && {
              increments: [{ block, at, text: `\u{1F600}${extra}`, ...(at === 0 && { meta: "{}" }) }],
            }),
            ...(row && {
              row: { order: row.order, status: row.closed ? "closed" : "idle", json: JSON.stringify(id) },
            }),
          }),
        );
        model.entries.push(...entries);
        model.head += count;
        if (state !== undefined) model.state = { seq: model.head, json: state };
        if (row) model.row = row;
        model.running = running ?? model.running;
        if (grows) model.blocks.set(block, `${model.blocks.get(block) ?? ""}\u{1F600}${extra}`);
        for (const name of sealed) model.blocks.delete(name);
        models.set(id, model);
      } else if (kind === 6) {
        await harness.log.trim(id, extra);
        model.entries = model.entries.filter(({ seq }) => seq >= Math.min(extra, model.head));
      } else if (kind === 7) {
        const expectedHead = model.head + 1 + (extra % 3);
        await refused(
          harness.log.append(batchOf({ conversationId: id, expectedHead, fence })),
          "log-conflict",
        );
        if (known)
          await refused(
            harness.log.append(batchOf({ conversationId: id, expectedHead: model.head, fence: 0 })),
            "log-conflict",
          );
      } else if (kind === 8) {
        await harness.log.delete(id);
        models.delete(id);
      } else {
        harness = await harness.reopen();
        fence = Math.max(fence + 1, await harness.ownership.claim(id));
        await check(harness, models);
      }
    }
    await check(harness, models);
  } finally {
    await harness.close();
  }
}
