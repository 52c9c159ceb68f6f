/** Around the history: the provider's opinion, viewers and their cursors, what is left of processes and handles. */
import { isDeepStrictEqual } from "node:util";
import type { Message } from "@dispatch/wire";
import type { Evidence } from "../evidence.ts";

export const providerAccepts = ({ refusals }: Evidence): string[] => [...refusals];

export function cursorsWork({ held, kept }: Evidence): string[] {
  return held.flatMap(({ who, conversationId, seq, messages, faults }) => {
    const what = `${conversationId}: ${who}`;
    const wrong = faults.map((fault) => `${what}: ${fault}`);
    const log = kept.find(({ id }) => id === conversationId);
    if (!log) return wrong;
    const head = log.records.at(-1)?.seq ?? 0;
    if (seq !== head) return [...wrong, `${what} came to ${seq} of ${head}`];
    // Who was given a snapshot on the way holds a window of the history only.
    const from = Math.max(messages[0]?.seq ?? 0, log.messages[0]?.seq ?? 0);
    const since = (all: readonly Message[]) => all.filter((message) => message.seq >= from);
    return isDeepStrictEqual(plain(since(messages)), plain(since(log.messages)))
      ? wrong
      : [
          ...wrong,
          `${what} shows other messages than the log: ${firstDifference(since(messages), since(log.messages))}`,
        ];
  });
}

export const shownIsStored = ({ held, kept }: Evidence): string[] =>
  held.flatMap(({ who, conversationId, shown }) => {
    const records = kept.find(({ id }) => id === conversationId)?.records;
    if (!records) return [];
    return shown
      .filter(({ seq, ts, type }) => records[seq - 1]?.ts !== ts || records[seq - 1]?.type !== type)
      .map(({ seq, type }) => {
        const stored = records[seq - 1]?.type ?? "nothing";
        return `${conversationId}: ${who} was shown record ${seq} (${type}), and ${stored} stands there`;
      });
  });

const plain = (value: readonly Message[]): unknown => JSON.parse(JSON.stringify(value));

function firstDifference(left: readonly Message[], right: readonly Message[]): string {
  const at = left.findIndex(
    (message, index) => !isDeepStrictEqual(plain([message]), plain(right[index] ? [right[index]] : [])),
  );
  const show = (message: Message | undefined) => JSON.stringify(message)?.slice(0, 300) ?? "nothing";
  return at < 0 ? `${left.length} against ${right.length}` : `${show(left[at])} against ${show(right[at])}`;
}

export const deletedStayGone = ({ lines, listed, risen }: Evidence): string[] => {
  const deleted = new Set(lines.flatMap((line) => (line.kind === "deleted" ? [line.conversationId] : [])));
  return [...new Set([...listed.filter((id) => deleted.has(id)), ...risen])].map(
    (id) => `${id} was deleted, and is back`,
  );
};

export const nothingRuns = ({ active, kept }: Evidence): string[] => [
  ...active.map((id) => `${id} is still active`),
  ...kept.flatMap(({ id, messages }) =>
    messages
      .filter(({ status }) => status === "running")
      .map(({ messageId }) => `${id}: message ${messageId} is shown as running`),
  ),
];

export const processesGone = ({ processes }: Evidence): string[] =>
  processes.map((each) => `still there: ${each}`);

/** A few may come with the store's files; more is a leak. */
const spare = 4;

export const handlesSteady = ({ handles: [before, after] }: Evidence): string[] =>
  before !== undefined && after !== undefined && after > before + spare
    ? [`${before} file handles became ${after}`]
    : [];

export const serverStays = ({ exits }: Evidence): string[] => [...exits];
