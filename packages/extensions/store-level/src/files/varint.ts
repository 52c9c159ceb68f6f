/** A place in a buffer that moves on as level's numbers and length-prefixed strings are read. */
export interface Reader {
  readonly left: number;
  /** Throws a RangeError when the bytes end within it, or it does not fit a double. */
  number(): number;
  bytes(length: number): Buffer;
}

export function createReader(buffer: Buffer): Reader {
  let at = 0;
  return {
    get left() {
      return buffer.length - at;
    },
    number() {
      let value = 0;
      for (let weight = 1; ; weight *= 128) {
        const byte = buffer.readUInt8(at);
        at += 1;
        value += (byte & 127) * weight;
        if (value > Number.MAX_SAFE_INTEGER) throw new RangeError("a number that is too large");
        if (byte < 128) return value;
      }
    },
    bytes(length) {
      if (length > buffer.length - at) throw new RangeError("bytes that end too early");
      at += length;
      return buffer.subarray(at - length, at);
    },
  };
}
