/** A record as viewers get it: encoded once when it is appended or read, kept short in the tail. */
import { crc32 } from "node:zlib";
import type { LogEntry } from "../ports/log.ts";

export interface ShownRecord {
  readonly seq: number;
  readonly type: string;
  readonly turnId: string | undefined;
  readonly stepId: string | undefined;
  /** Checksum of the stored JSON, base 36: the part of a cursor that notices another history. */
  readonly check: string;
  /** Event JSON with its conversationId, without provider data. */
  readonly json: string;
  /** The block it seals: its length, and the event for viewers that hold the whole block. Tool results close their call's block. */
  readonly seals?: { readonly block: string; readonly length: number; readonly short: string } | undefined;
  readonly closes?: string | undefined;
}

export const checkOf = (json: string): string => crc32(json).toString(36);

interface Stored {
  seq: number;
  type: string;
  turnId?: string;
  stepId?: string;
  block?: string;
  callId?: string;
  text?: string;
  providerData?: unknown;
}

/** `parsed` saves the parse when the caller has the record at hand. */
export function shownRecord(conversationId: string, entry: LogEntry, parsed?: unknown): ShownRecord {
  const record = (parsed ?? JSON.parse(entry.json)) as Stored;
  const head = `{"conversationId":${JSON.stringify(conversationId)},`;
  const { providerData, ...visible } = record;
  const json = head + (providerData === undefined ? entry.json : JSON.stringify(visible)).slice(1);
  const base = {
    seq: record.seq,
    type: record.type,
    turnId: record.turnId,
    stepId: record.stepId,
    check: checkOf(entry.json),
    json,
  };
  if ((record.type === "text" || record.type === "reasoning") && record.block !== undefined) {
    const { text = "", ...rest } = visible;
    const short = head + JSON.stringify({ ...rest, length: text.length }).slice(1);
    return { ...base, seals: { block: record.block, length: text.length, short } };
  }
  return record.type === "tool-result" ? { ...base, closes: record.callId } : base;
}
