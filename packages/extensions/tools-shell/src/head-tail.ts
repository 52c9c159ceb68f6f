/** Keeps the beginning and the end of an output of any length in constant memory. */

export interface Kept {
  readonly head: string;
  readonly tail: string;
  /** Bytes of UTF-8 that lay between head and tail. */
  readonly omitted: number;
}

export interface HeadTail {
  push(text: string): void;
  /** What was kept, no character split. Everything is in `head` when nothing was left out. */
  finish(): Kept;
}

/** Keeps `limit` bytes of UTF-8 in all: everything when it fits, otherwise half from each end. */
export function createHeadTail(limit: number): HeadTail {
  const head = Buffer.alloc(Math.ceil(limit / 2));
  const ring = Buffer.alloc(limit - head.length);
  let total = 0;

  return {
    push(text) {
      const bytes = Buffer.from(text);
      const intoHead = Math.min(bytes.length, Math.max(0, head.length - total));
      bytes.copy(head, total, 0, intoHead);
      // Only the last bytes of a long piece can stay.
      for (let from = Math.max(intoHead, bytes.length - ring.length); from < bytes.length; ) {
        const at = (total + from - head.length) % ring.length;
        from += bytes.copy(ring, at, from);
      }
      total += bytes.length;
    },
    finish() {
      const after = Math.max(0, total - head.length); // bytes that came after the head
      const turn = ring.length === 0 ? 0 : after % ring.length;
      const tail =
        after > ring.length
          ? Buffer.concat([ring.subarray(turn), ring.subarray(0, turn)])
          : ring.subarray(0, after);
      const begin = head.subarray(0, Math.min(total, head.length));
      if (total <= limit) return { head: Buffer.concat([begin, tail]).toString(), tail: "", omitted: 0 };

      const headEnd = wholeCharacters(begin);
      const tailStart = nextCharacter(tail);
      return {
        head: begin.toString("utf8", 0, headEnd),
        tail: tail.toString("utf8", tailStart),
        omitted: total - headEnd - (tail.length - tailStart),
      };
    },
  };
}

const goesOn = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** Length of `bytes` without a character that is cut off at their end. */
function wholeCharacters(bytes: Buffer): number {
  let start = bytes.length - 1;
  while (start > 0 && goesOn(bytes[start])) start -= 1;
  const first = bytes[start] ?? 0;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  return start + length > bytes.length ? Math.max(0, start) : bytes.length;
}

/** Index of the first byte that begins a character. */
function nextCharacter(bytes: Buffer): number {
  let start = 0;
  while (goesOn(bytes[start])) start += 1;
  return start;
}
