/** Snappy's block format, unpacked: level packs the index of a table with it. Throws a RangeError for what is none. */
import { createReader } from "./varint.ts";

export function unpackSnappy(packed: Buffer): Buffer {
  const reader = createReader(packed);
  const size = reader.number();
  if (size > 1 << 28) throw new RangeError("an unpacked size that cannot be");
  const out = Buffer.alloc(size);
  let at = 0;
  const copy = (offset: number, length: number): void => {
    if (offset === 0 || offset > at || at + length > size) throw new RangeError("a copy out of bounds");
    // Byte by byte: what is copied may reach into what is being written.
    for (let i = 0; i < length; i += 1, at += 1) out[at] = out[at - offset] as number;
  };
  while (reader.left > 0) {
    const tag = reader.bytes(1).readUInt8();
    const upper = tag >>> 2;
    if ((tag & 3) === 0) {
      const length = upper < 60 ? upper + 1 : reader.bytes(upper - 59).readUIntLE(0, upper - 59) + 1;
      const literal = reader.bytes(length);
      if (at + length > size) throw new RangeError("a text out of bounds");
      at += literal.copy(out, at);
    } else if ((tag & 3) === 1) copy(((tag >>> 5) << 8) | reader.bytes(1).readUInt8(), (upper & 7) + 4);
    else if ((tag & 3) === 2) copy(reader.bytes(2).readUInt16LE(), upper + 1);
    else copy(reader.bytes(4).readUInt32LE(), upper + 1);
  }
  if (at !== size) throw new RangeError("an unpacked size that is another");
  return out;
}
