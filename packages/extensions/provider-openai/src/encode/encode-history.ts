/**
 * The messages of a request as one text. A request begins with what the one before it in its conversation held: that part is
 * taken as it was, so a request costs the copy of one string, whatever the history.
 */
import type { ModelMessage, ProviderRequest } from "@dispatch/kernel";
import type { EncodeMessage, Shown } from "./encode-message.ts";

/** JSON of the messages of the dialect, joined by commas. With attachments that are shown nothing is taken or kept: they are large. */
export type EncodeHistory = (
  request: Pick<ProviderRequest, "conversationId" | "messages">,
  shown: Shown,
) => string;

interface Joined {
  readonly messages: readonly ModelMessage[];
  /** Where each message ends in the text. */
  readonly ends: readonly number[];
  readonly json: string;
}

const nothing: Joined = { messages: [], ends: [], json: "" };

/** Text kept in all, UTF-16 code units: 16,000,000. What was used longest ago is dropped first. */
const mostKept = 16_000_000;

export function createHistoryEncoder(encodeMessage: EncodeMessage, most: number = mostKept): EncodeHistory {
  const kept = new Map<string, Joined>(); // in order of use, oldest first
  let size = 0;

  function keep(id: string, joined: Joined): void {
    kept.set(id, joined);
    size += joined.json.length;
    for (const [oldest, { json }] of kept) {
      if (size <= most) return;
      kept.delete(oldest);
      size -= json.length;
    }
  }

  return ({ conversationId, messages }, shown) => {
    if (shown.size > 0) return join(nothing, messages, (message) => encodeMessage(message, shown)).json;
    const before = kept.get(conversationId) ?? nothing;
    kept.delete(conversationId);
    size -= before.json.length;
    const joined = join(before, messages, (message) => encodeMessage(message, shown));
    keep(conversationId, joined);
    return joined.json;
  };
}

/** The same messages are the same objects; the last one may be another: it grows during a turn. */
function join(
  before: Joined,
  messages: readonly ModelMessage[],
  encode: (message: ModelMessage) => string,
): Joined {
  const most = Math.min(before.messages.length, messages.length);
  let same = 0;
  while (same < most && before.messages[same] === messages[same]) same += 1;
  const ends = before.ends.slice(0, same);
  let end = ends.at(-1) ?? 0;
  const parts = end === 0 ? [] : [before.json.slice(0, end)];
  for (const message of messages.slice(same)) {
    const json = encode(message);
    if (json !== "") {
      end += (end === 0 ? 0 : 1) + json.length;
      parts.push(json);
    }
    ends.push(end);
  }
  return { messages, ends, json: parts.join(",") };
}
