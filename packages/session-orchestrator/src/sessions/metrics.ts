/** Metrics of a conversation: its totals, and a fold of the records of its newest turns. */
import {
  addUsage,
  errorOf,
  type LogRecord,
  type MetricsAnswer,
  noUsage,
  type TurnMetrics,
  type TurnNotice,
} from "@dispatch/wire";
import type { Parts } from "./parts.ts";

const defaultTurns = 50;
const maxTurns = 200;
const maxBytes = 6_000_000;
const mostNotices = 20;

export const metrics = (parts: Parts, id: string, limit = defaultTurns): Promise<MetricsAnswer> =>
  parts.conversations.use(id, async ({ state }) => {
    const wanted = Math.min(Math.max(1, limit), maxTurns);
    let records: LogRecord[] = [];
    let size = 0;
    let hasMore = true;
    for (let before = state.head + 1; hasMore && size < maxBytes; before = records[0]?.seq ?? 0) {
      const page = await parts.core.log.readBack(id, before, { limit: 1_000 });
      for (const entry of page.entries) size += entry.json.length;
      records = [...page.entries.map((entry) => JSON.parse(entry.json) as LogRecord), ...records];
      hasMore = page.hasMore;
      if (records.filter(({ type }) => type === "user-message").length > wanted) break;
    }
    const turns = foldMetrics(records);
    const { usage, contextSize } = state;
    const items = turns.slice(-wanted);
    return { turns: state.turns, usage, contextSize, items, hasMore: state.turns > items.length };
  });

/** Only turns whose start is among the records. */
export function foldMetrics(records: readonly LogRecord[]): TurnMetrics[] {
  const turns = new Map<string, TurnMetrics>();
  const firsts = new Map<string, number[]>();
  for (const record of records) {
    const { turnId } = record;
    if (turnId === undefined) continue;
    const turn = turns.get(turnId);
    if (record.type === "turn-start") {
      const { model, attempt: attempts, ts: startedAt } = record;
      if (turn) turn.attempts = attempts;
      else
        turns.set(turnId, {
          turnId,
          model,
          startedAt,
          steps: 0,
          toolCalls: 0,
          toolErrors: 0,
          retries: 0,
          attempts,
          decodeMs: 0,
          usage: noUsage,
        });
    } else if (!turn) {
    } else if (record.type === "tool-call") turn.toolCalls++;
    else if (record.type === "tool-result" && record.isError) turn.toolErrors++;
    else if (record.type === "provider-retry") turn.retries++;
    else if (record.type === "error") turn.error = errorOf(record);
    else if (record.type === "notice") turn.notices = withNotice(turn.notices, record);
    else if (record.type === "step-complete") {
      turn.steps++;
      turn.decodeMs += record.decodeMs;
      turn.usage = addUsage(turn.usage, record.usage);
      const seen = [...(firsts.get(turnId) ?? []), record.ttftMs].sort((a, b) => a - b);
      firsts.set(turnId, seen);
      turn.ttftMs = seen[seen.length >> 1];
    } else if (record.type === "done") {
      turn.reason = record.reason;
      turn.durationMs = record.durationMs;
    }
  }
  return [...turns.values()];
}

const withNotice = (notices: readonly TurnNotice[] = [], { level, text }: TurnNotice): TurnNotice[] =>
  [...notices, { level, text }].slice(-mostNotices);
