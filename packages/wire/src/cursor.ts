/**
 * Cursor: a viewer's exact place as one opaque string, the same on every transport and after a restart.
 * `epoch~seq~check[~block:offset]*`, numbers in base 36; every character is safe unescaped in a URL and a header.
 */

export interface Cursor {
  /** New at creation, import and detected rollback of the conversation. */
  epoch: string;
  /** Seq of the last record held; 0 = none. */
  seq: number;
  /** Checksum of that record, as `checksum` gives it; "0" at seq 0. */
  check: string;
  /** Length held of each block which was open at that place, in UTF-16 code units. */
  blocks: ReadonlyMap<string, number>;
}

const noBlocks: ReadonlyMap<string, number> = new Map();
const maxBlocks = 64;
const partPattern = /^[A-Za-z0-9._-]+$/;
const numberPattern = /^[0-9a-z]{1,10}$/;

export function encodeCursor(cursor: Cursor): string {
  let out = `${cursor.epoch}~${cursor.seq.toString(36)}~${cursor.check}`;
  for (const [block, offset] of cursor.blocks) out += `~${block}:${offset.toString(36)}`;
  return out;
}

/** Undefined for anything that `encodeCursor` could not have made: the caller answers with a snapshot. */
export function decodeCursor(text: string): Cursor | undefined {
  if (text.length > 4096) return undefined;
  const [epoch, seqText, check, ...parts] = text.split("~");
  if (!epoch || !seqText || !check || parts.length > maxBlocks) return undefined;
  if (!partPattern.test(epoch) || !numberPattern.test(seqText) || !partPattern.test(check)) return undefined;
  const seq = Number.parseInt(seqText, 36);
  if (!Number.isSafeInteger(seq)) return undefined;
  if (parts.length === 0) return { epoch, seq, check, blocks: noBlocks };
  const blocks = new Map<string, number>();
  for (const part of parts) {
    const colon = part.lastIndexOf(":");
    const block = part.slice(0, colon);
    const offsetText = part.slice(colon + 1);
    if (colon < 1 || !partPattern.test(block) || !numberPattern.test(offsetText) || blocks.has(block))
      return undefined;
    blocks.set(block, Number.parseInt(offsetText, 36));
  }
  return { epoch, seq, check, blocks };
}

/** The place before the first record, for `after=0`. */
export const beginning = "0";
