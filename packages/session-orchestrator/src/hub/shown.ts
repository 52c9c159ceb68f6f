/** A record as viewers get it: encoded once when it is appended or read, kept short in the tail. */
import { crc32 } from "node:zlib";
import type { DeltaType } from "@dispatch/wire";
import type { LogEntry } from "../ports/log.ts";
import { deltaTypeOf, type GrowingBlock } from "./open-blocks.ts";

export interface ShownRecord {
  readonly seq: number;
  readonly type: string;
  readonly turnId: string | undefined;
  readonly stepId: string | undefined;
  /** Checksum of the stored JSON, base 36: the part of a cursor that notices another history. */
  readonly check: string;
  /** Event JSON with its conversationId, without provider data. */
  readonly json: string;
  /** Tool results close their call's block. */
  readonly seals?: Sealing | undefined;
  readonly closes?: string | undefined;
}

/** The block that a record seals. */
export interface Sealing {
  readonly block: string;
  readonly length: number;
  /** The event for viewers that hold the whole block. */
  readonly short: string;
  /** The delta event for viewers that hold its beginning, and its type; undefined unless they were shown this very text. */
  readonly rest: ((at: number) => string) | undefined;
  readonly delta: DeltaType;
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

/** `parsed` saves the parse when the caller has the record at hand; `open` are the blocks that grew before it. */
export function shownRecord(
  conversationId: string,
  entry: LogEntry,
  parsed?: unknown,
  open?: ReadonlyMap<string, GrowingBlock>,
): ShownRecord {
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
    const { text = "", ...others } = visible;
    const short = head + JSON.stringify({ ...others, length: text.length }).slice(1);
    const delta = deltaTypeOf[record.type];
    const rest = open?.get(record.block)?.says(text) ? (at: number) => restOf(json, delta, at) : undefined;
    return { ...base, seals: { block: record.block, length: text.length, short, delta, rest } };
  }
  return record.type === "tool-result" ? { ...base, closes: record.callId } : base;
}

/** Read back from the record, for it is asked for rarely: the tail keeps no text twice. */
function restOf(json: string, type: DeltaType, at: number): string {
  const { conversationId, turnId, stepId, block, text } = JSON.parse(json) as Stored & {
    conversationId: string;
  };
  return JSON.stringify({ type, conversationId, turnId, stepId, block, at, text: text?.slice(at) });
}
