/** Rows: `<row version><checksum><text>`. The checksum covers the key too, so a row under a wrong key is noticed. */
import { crc32 } from "node:zlib";
import { type DispatchError, dispatchError } from "@dispatch/wire";
import { keys, numberOf, unescapePart } from "./keys.ts";

const rowVersion = "1";
const prefixLength = 1 + 8;

const checksum = (key: string, text: string): string => crc32(text, crc32(key)).toString(16).padStart(8, "0");

export const encodeRow = (key: string, text: string): string => `${rowVersion}${checksum(key, text)}${text}`;

/** The text of a row as it was written, or `store-damaged` naming what it was. */
export function decodeRow(key: string, value: string): string {
  const text = value.slice(prefixLength);
  if (value[0] !== rowVersion || value.slice(1, prefixLength) !== checksum(key, text))
    throw damaged(describe(key));
  return text;
}

/** `what` is damaged or gone. */
export const damaged = (what: string, cause?: unknown): DispatchError =>
  dispatchError("store-damaged", `The store has lost or damaged ${what}.`, { cause });

export const missingRecord = (conversationId: string, seq: number): DispatchError =>
  damaged(describe(keys.record(conversationId, seq)));

export const missingHeader = (conversationId: string): DispatchError =>
  damaged(describe(keys.header(conversationId)));

/** What a row is, in words. */
export function describe(key: string): string {
  const [kind, first = "", part, rest = ""] = key.split("!");
  const name = unescapePart(first);
  if (kind === "k") return `the value "${unescapePart(part ?? "")}" of ${name}`;
  if (kind === "l") return `the list row of conversation ${unescapePart(rest)}`;
  if (kind !== "c") return `the row ${key}`;
  if (part === "r") return `record ${numberOf(rest)} of conversation ${name}`;
  if (part === "l") return `the copy of the list row of conversation ${name}`;
  if (part === "b") return `unsealed text of block ${unescapePart(rest)} of conversation ${name}`;
  return `the ${part === "s" ? "state" : "header"} of conversation ${name}`;
}

/** A short first part and a text that is kept as it is, e.g. the seq of a state and its JSON. */
export const joinPair = (first: string | number, text: string): string => `${first} ${text}`;
export function splitPair(pair: string): readonly [string, string] {
  const space = pair.indexOf(" ");
  return [pair.slice(0, space), pair.slice(space + 1)];
}
