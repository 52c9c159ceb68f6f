/**
 * Cuts a range of lines out of a file by streaming: memory stays at the range, however large the file and however far
 * into it the range begins.
 */

/** Reads the next bytes of the file into `buffer`; 0 at its end. */
export type ReadChunk = (buffer: Uint8Array) => Promise<number>;

export interface LineRange {
  /** First line, from 1. */
  readonly first: number;
  readonly maxLines: number;
  readonly maxBytes: number;
}

export interface LinesRead {
  /** Whole lines with their ends; the last one is cut when `lineCut`. */
  readonly bytes: Uint8Array;
  /** Lines in `bytes`. */
  readonly lines: number;
  /** The first line alone is longer than `maxBytes`: what is there is its beginning. */
  readonly lineCut: boolean;
  /** Lines of the whole file, counted on to its end; undefined when the file was not read so far. */
  readonly total: number | undefined;
  /** There are lines after the range. */
  readonly more: boolean;
}

const newline = 0x0a;

/**
 * Reads the range. After it, `countOn` says whether to go on to the end of the file just to count its lines.
 * `signal` is looked at before every chunk; its reason is thrown.
 */
export async function readLines(
  read: ReadChunk,
  range: LineRange,
  countOn: boolean,
  signal: AbortSignal,
): Promise<LinesRead> {
  const kept = createKept(range);
  const buffer = Buffer.allocUnsafe(chunkBytes);
  let line = 1; // the line that the next byte belongs to
  let lineBegun = false;
  let more = false;
  for (;;) {
    signal.throwIfAborted();
    const size = await read(buffer);
    if (size === 0) break;
    const chunk = buffer.subarray(0, size);
    for (let from = 0; from < size; ) {
      const at = chunk.indexOf(newline, from);
      const end = at === -1 ? size : at + 1;
      if (!more && line >= range.first) more = !kept.add(chunk.subarray(from, end), at !== -1);
      lineBegun = at === -1;
      if (at !== -1) line += 1;
      from = end;
    }
    if (more && !countOn) return { ...kept.result(), total: undefined, more };
  }
  return { ...kept.result(), total: lineBegun ? line : line - 1, more };
}

const chunkBytes = 131_072;

/** Collects the lines of the range until one does not fit. */
function createKept({ maxLines, maxBytes }: LineRange) {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let lines = 0; // whole ones
  let wholeBytes = 0; // up to the end of the last whole line
  let full = false;
  return {
    /** Takes a piece of a line, `ends` with its end; false when there is no room for it. */
    add(piece: Buffer, ends: boolean): boolean {
      if (full || lines === maxLines) return false;
      const room = maxBytes - bytes;
      const taken = piece.length <= room ? piece : piece.subarray(0, room);
      if (taken.length > 0) chunks.push(Buffer.from(taken)); // a copy: the buffer is read into again
      bytes += taken.length;
      full = taken.length < piece.length;
      if (full) return false;
      if (ends) {
        lines += 1;
        wholeBytes = bytes;
      }
      return true;
    },
    result(): Pick<LinesRead, "bytes" | "lines" | "lineCut"> {
      const all = Buffer.concat(chunks);
      if (!full) return { bytes: all, lines: bytes > wholeBytes ? lines + 1 : lines, lineCut: false };
      if (lines > 0) return { bytes: all.subarray(0, wholeBytes), lines, lineCut: false };
      return { bytes: all.subarray(0, wholeCharacters(all)), lines: 1, lineCut: true };
    },
  };
}

/** Length of `bytes` without a UTF-8 character that is cut off at their end. */
export function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue; // goes on a character
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
