/**
 * Keys of the store. Parts are joined by `!` and escaped so that no part holds it: a prefix never reaches into a
 * neighbour, and key order is the order of the parts as JavaScript compares strings.
 */
import { createHash } from "node:crypto";

/** Letters, digits and most marks stay as they are; escapes of low characters sort below them, of high ones above. */
export function escapePart(text: string): string {
  let out = "";
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit > 0x22 && unit < 0x7e) out += text[i];
    else if (unit <= 0x22) out += `"${unit.toString(16).padStart(2, "0")}`;
    else out += `~${unit.toString(16).padStart(4, "0")}`;
  }
  return out;
}

export const unescapePart = (part: string): string =>
  part.replace(/"(..)|~(....)/g, (_, low?: string, high?: string) =>
    String.fromCharCode(Number.parseInt(low ?? high ?? "", 16)),
  );

const digits = 16;
const highest = Number.MAX_SAFE_INTEGER;
/** Whole numbers from 0, in order. */
const ascending = (n: number): string => String(n).padStart(digits, "0");
const descending = (n: number): string => ascending(highest - n);

/** Everything that starts with `prefix`; DEL sorts above all that parts are made of. */
export const rangeOf = (prefix: string) => ({ gte: prefix, lt: `${prefix}\x7f` });

/** Where a conversation stands in the list: closed ones apart, so that the default list never meets them. */
export interface ListPlace {
  readonly order: number;
  readonly closed: boolean;
}

export const keys = {
  format: "m!format",
  store: "m!store",
  fence: "m!fence",
  /** Number of the last synced write. */
  commits: "m!commits",
  /** Losses that were accepted. */
  losses: "m!losses",
  /** Everything of one conversation but its index entries. */
  conversation: (id: string): string => `c!${escapePart(id)}!`,
  header: (id: string): string => `${keys.conversation(id)}h`,
  state: (id: string): string => `${keys.conversation(id)}s`,
  /** The index entry a second time, should the first be damaged. */
  listCopy: (id: string): string => `${keys.conversation(id)}l`,
  records: (id: string): string => `${keys.conversation(id)}r!`,
  record: (id: string, seq: number): string => `${keys.records(id)}${ascending(seq)}`,
  blocks: (id: string): string => `${keys.conversation(id)}b!`,
  increment: (id: string, block: string, at: number): string =>
    `${keys.blocks(id)}${escapePart(block)}!${ascending(at)}`,
  /** A delete that has begun; found again when the store opens. */
  deleting: (id: string): string => `${keys.deletes}${escapePart(id)}`,
  deletes: "d!",
  running: (id: string): string => `${keys.turns}${escapePart(id)}`,
  turns: "t!",
  lists: "l!",
  list: (closed: boolean): string => `l!${closed ? 1 : 0}!`,
  listed: (id: string, place: ListPlace): string =>
    `${keys.list(place.closed)}${descending(place.order)}!${escapePart(id)}`,
  /** The expiry is part of the key, so sweeping one can never remove a newer one. */
  idempotent: (hash: string): string => `i!${hash}!`,
  remembered: (hash: string, expiresAt: number): string => `${keys.idempotent(hash)}${ascending(expiresAt)}`,
  expiries: "x!",
  expiry: (hash: string, expiresAt: number): string => `x!${ascending(expiresAt)}!${hash}`,
  expiredBefore: (now: number): string => `x!${ascending(Math.max(0, Math.floor(now)))}!`,
  values: (namespace: string): string => `k!${escapePart(namespace)}!`,
  value: (namespace: string, key: string): string => `${keys.values(namespace)}${escapePart(key)}`,
} as const;

/** Idempotency keys may be long and of any characters: rows go by a hash of fixed width. */
export const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

export const lastPart = (key: string): string => key.slice(key.lastIndexOf("!") + 1);
export const numberOf = (part: string): number => Number.parseInt(part, 10);

/** `c!<id>!b!<block>!<at>` taken apart. */
export function parseIncrement(key: string): { readonly block: string; readonly at: number } {
  const [, , , block = "", at = ""] = key.split("!");
  return { block: unescapePart(block), at: numberOf(at) };
}
