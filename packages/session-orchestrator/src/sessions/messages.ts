/**
 * Windows of messages, read from the log by range: bounded in messages and bytes, never the whole history. A window is
 * widened to whole steps while folding, so that no message in it is half there. Messages of one record (steering) stay
 * together, also above the limit: a page's edge is a seq.
 */
import {
  applyToMessages,
  createView,
  type LogRecord,
  type Message,
  type MessagesAnswer,
} from "@dispatch/wire";
import type { Conversation } from "../conversation/conversation.ts";
import { cursorOf, position } from "../hub/position.ts";
import type { ConversationLog } from "../ports/log.ts";
import type { Sessions } from "../ports/sessions.ts";
import type { Parts } from "./parts.ts";

type Window = Parameters<Sessions["messages"]>[1];

const defaultLimit = 200;
const maxLimit = 1_000;
const maxBytes = 6_000_000;

export const messages = (parts: Parts, id: string, window: Window): Promise<MessagesAnswer> =>
  parts.conversations.use(id, async (conversation) => {
    const { live } = conversation;
    const cursor = cursorOf(live.epoch, position(live.head, live.check));
    const limit = Math.min(Math.max(window.limit ?? defaultLimit, 1), maxLimit);
    const read = window.after === undefined ? newest : oldest;
    return { ...(await read(parts.core.log, conversation, { ...window, limit })), cursor };
  });

export interface MessageWindow {
  readonly items: Message[];
  readonly hasMore: boolean;
}

/** The newest messages below `before`. `upTo` cuts the log there: the view as of that seq. */
export async function newest(
  log: ConversationLog,
  { id, live, state }: Conversation,
  {
    before,
    limit,
    all = false,
    upTo,
  }: { before?: number | undefined; limit: number; all?: boolean | undefined; upTo?: number },
): Promise<MessageWindow> {
  const head = upTo ?? live.head;
  const end = Math.min(before ?? head + 1, head + 1);
  const floor = all ? 0 : state.resetAt;
  let records: LogRecord[] = [];
  let size = 0;
  let complete = false;
  for (let top = end; ; top = records[0]?.seq ?? 0) {
    const page = await log.readBack(id, top, { limit: 500, maxBytes: Math.max(1, maxBytes - size) });
    const fresh = page.entries.filter((entry) => entry.seq > floor);
    for (const entry of fresh) size += entry.json.length;
    records = [...fresh.map((entry) => JSON.parse(entry.json) as LogRecord), ...records];
    complete = !page.hasMore || fresh.length < page.entries.length;
    if (complete || size >= maxBytes || fold(records, all).length > limit + 2) break;
  }
  const start = complete ? undefined : await turnStart(log, id, records[0]);
  const rest = end <= head ? await stepRest(log, id, end - 1, records.at(-1)?.stepId) : [];
  let found = fold([...(start ? [start] : []), ...records, ...rest], all).filter(
    (message) => message.seq < end,
  );
  const cut = complete ? undefined : records[0]?.stepId;
  if (cut !== undefined && found.some((message) => !inStep(message, cut)))
    found = found.filter((message) => !inStep(message, cut));
  let first = Math.max(0, found.length - limit);
  while (first > 0 && found[first - 1]?.seq === found[first]?.seq) first--;
  const items = found.slice(first);
  return { items, hasMore: !complete || found.length > items.length };
}

/** The oldest messages above `after`, ascending. */
export async function oldest(
  log: ConversationLog,
  { id, live, state }: Conversation,
  { after = 0, limit, all = false }: Window & { limit: number },
): Promise<MessageWindow> {
  const { head } = live;
  const from = Math.max(after, all ? 0 : state.resetAt);
  const records = await stepBegin(log, id, from);
  let size = 0;
  let seq = from;
  let found = fold(records, all);
  while (seq < head && size < maxBytes && above(found, from).length <= limit + 2) {
    const page = await log.read(id, seq, { limit: 500, maxBytes: Math.max(1, maxBytes - size) });
    for (const entry of page.entries) {
      if (entry.seq > head) break;
      records.push(JSON.parse(entry.json) as LogRecord);
      size += entry.json.length;
      seq = entry.seq;
    }
    if (page.entries.length === 0) break;
    found = fold(records, all);
  }
  found = above(found, from);
  const cut = seq < head ? records.at(-1)?.stepId : undefined;
  const whole = cut === undefined ? found : found.filter((message) => !inStep(message, cut));
  const taken = whole.length > 0 ? whole : found;
  let end = Math.min(limit, taken.length);
  while (end < taken.length && taken[end]?.seq === taken[end - 1]?.seq) end++;
  const items = taken.slice(0, end);
  return { items, hasMore: seq < head || found.length > items.length };
}

const above = (found: readonly Message[], seq: number): Message[] =>
  found.filter((message) => message.seq > seq);

const inStep = (message: Message, stepId: string): boolean => message.messageId.startsWith(`${stepId}.`);

function fold(records: readonly LogRecord[], all: boolean): Message[] {
  const view = createView({ all });
  for (const record of records) applyToMessages(view, record);
  return view.messages;
}

/** The start of the turn in whose middle a window begins: it names the model. Looked for in the 2,000 records before it. */
async function turnStart(
  log: ConversationLog,
  id: string,
  first: LogRecord | undefined,
): Promise<LogRecord | undefined> {
  if (first?.turnId === undefined) return undefined;
  let before = first.seq + 1;
  for (let pages = 0; pages < 4; pages++) {
    const { entries, hasMore } = await log.readBack(id, before, { limit: 500 });
    const records = entries.map((entry) => JSON.parse(entry.json) as LogRecord);
    const start = records.findLast((record) => record.type === "turn-start");
    if (start || !hasMore) return start?.turnId === first.turnId ? start : undefined;
    before = records[0]?.seq ?? 0;
  }
  return undefined;
}

/** Records after `seq` up to the end of the step that is under way there. */
async function stepRest(
  log: ConversationLog,
  id: string,
  seq: number,
  stepId: string | undefined,
): Promise<LogRecord[]> {
  if (stepId === undefined) return [];
  const { entries } = await log.read(id, seq, { limit: 200 });
  const rest: LogRecord[] = [];
  for (const entry of entries) {
    const record = JSON.parse(entry.json) as LogRecord;
    rest.push(record);
    if (record.type === "step-complete" || record.type === "turn-sealed") break;
  }
  return rest;
}

/** Records up to `seq` from the beginning of the turn-step that is under way there. */
async function stepBegin(log: ConversationLog, id: string, seq: number): Promise<LogRecord[]> {
  if (seq === 0) return [];
  const { entries } = await log.readBack(id, seq + 1, { limit: 200 });
  const records = entries.map((entry) => JSON.parse(entry.json) as LogRecord);
  const begin = records.findLastIndex(
    (record) => record.type === "turn-start" || record.type === "turn-sealed",
  );
  return records.slice(Math.max(begin, 0));
}
