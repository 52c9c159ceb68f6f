/**
 * The live end of a conversation: its head, the newest records ready to send, and its open blocks. Everything here
 * changes synchronously, so a snapshot or a subscription taken between two ticks is taken at one instant.
 */
import type { Approval, TurnError } from "@dispatch/wire";
import type { BlockStart, GrowingBlock } from "./open-blocks.ts";
import { growingBlock } from "./open-blocks.ts";
import { noOffsets, type Position, position, type Step } from "./position.ts";
import type { ShownRecord } from "./shown.ts";

export interface RunningTool {
  readonly callId: string;
  readonly name: string;
  readonly startedAt: number;
}

export interface Live {
  readonly conversationId: string;
  readonly epoch: string;
  /** Seq and checksum of the newest record; 0 and "0" when there is none. */
  head: number;
  check: string;
  /** Newest records, consecutive up to the head. */
  readonly tail: ShownRecord[];
  readonly open: Map<string, GrowingBlock>;
  readonly tools: Map<string, RunningTool>;
  /** The provider request that failed and waits to be tried again. */
  retry: { attempt: number; retryAt: number; error: TurnError } | undefined;
  /** Why the newest turn fails or has failed; undefined also when it was not in memory then. */
  error: TurnError | undefined;
  /** The running turn is said to stall, for so long. */
  stalledMs: number | undefined;
  /** When the running turn last did something, Unix ms. */
  progressAt: number;
  /** The turn waits for others to end before it may begin. */
  queued: boolean;
  /** Steps on from a position, made once per version; kept no longer than somebody is at that position. */
  steps: WeakMap<Position, Step | undefined>;
  /** Calls which wait for a person's word, by approval id. */
  readonly approvals: Map<string, Approval>;
  /** +1 at every change: what is memoised at a position is good for one version. */
  version: number;
  /** Why it has no future: the conversation was deleted, or its store failed and what is here may not be what is stored. */
  ended: "deleted" | "failed" | undefined;
  /** Adds text to a block, which it opens when it is new. */
  grow(start: BlockStart, text: string): GrowingBlock;
  /** Takes in appended records: seals their blocks and shows them. */
  publish(records: readonly ShownRecord[]): void;
  /** No more will come: viewers end. */
  end(why: "deleted" | "failed"): void;
  /** The position of whoever holds everything there is, the same object for one version. */
  now(): Position;
  /** Calls back once, at the next flush after something changed. Asked for again in the callback: at the flush after. */
  onceChanged(run: () => void): void;
  /** Resolves then. */
  changed(): Promise<void>;
  /** Wakes everybody who waits, for good reasons of one viewer (it was closed). */
  wake(): void;
}

export interface TailLimits {
  /** Records kept ready: 1,000. */
  readonly tailRecords: number;
  /** Their JSON, UTF-16 code units: 1,000,000. */
  readonly tailBytes: number;
}

export function createLive(
  conversationId: string,
  at: { epoch: string; head: number; check: string },
  limits: TailLimits,
  /** Calls back once, soon, outside the current turn of the event loop. */
  soon: (run: () => void) => void,
): Live {
  let tailBytes = 0;
  let waiting: (() => void)[] = [];
  let scheduled = false;
  let newest: { version: number; position: Position } | undefined;
  const flush = () => {
    scheduled = false;
    const woken = waiting;
    waiting = [];
    for (const run of woken) run();
  };
  const touch = () => {
    live.version++;
    live.steps = new WeakMap();
    wake();
  };
  const wake = () => {
    if (waiting.length === 0 || scheduled) return;
    scheduled = true;
    soon(flush);
  };
  const close = (record: ShownRecord) => {
    const block = record.seals?.block ?? record.closes;
    if (block !== undefined) live.open.delete(block);
    if (record.closes !== undefined) live.tools.delete(record.closes);
    if (record.type === "turn-sealed" || record.type === "turn-start") {
      live.open.clear();
      live.tools.clear();
    } else if (record.type === "attempt-superseded") {
      for (const [id, open] of live.open) if (open.stepId === record.stepId) live.open.delete(id);
    }
  };
  const live: Live = {
    conversationId,
    ...at,
    tail: [],
    open: new Map(),
    tools: new Map(),
    approvals: new Map(),
    retry: undefined,
    error: undefined,
    stalledMs: undefined,
    progressAt: 0,
    queued: false,
    steps: new WeakMap(),
    version: 1,
    ended: undefined,
    grow(start, text) {
      let block = live.open.get(start.block);
      if (!block) {
        block = growingBlock(start);
        live.open.set(start.block, block);
      }
      block.push(text);
      live.retry = undefined;
      touch();
      return block;
    },
    publish(records) {
      for (const record of records) {
        close(record);
        live.tail.push(record);
        tailBytes += record.json.length;
        live.head = record.seq;
        live.check = record.check;
      }
      let drop = 0;
      while (
        live.tail.length - drop > limits.tailRecords ||
        (tailBytes > limits.tailBytes && live.tail.length - drop > 1)
      ) {
        tailBytes -= live.tail[drop++]?.json.length ?? 0;
      }
      if (drop > 0) live.tail.splice(0, drop);
      touch();
    },
    end(why) {
      live.ended ??= why;
      live.open.clear();
      touch();
    },
    now() {
      if (newest?.version !== live.version) {
        const offsets = new Map([...live.open.values()].map((block) => [block.block, block.length]));
        newest = {
          version: live.version,
          position: position(live.head, live.check, offsets.size > 0 ? offsets : noOffsets),
        };
      }
      return newest.position;
    },
    onceChanged: (run) => void waiting.push(run),
    changed: () => new Promise((resolve) => void waiting.push(resolve)),
    wake,
  };
  return live;
}
