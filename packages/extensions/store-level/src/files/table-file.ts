/**
 * Level's table files: every byte of one stands in a block with a checksum. Level does not look at them when it reads, so
 * that a damaged block may hide rows without a word; here they are all compared.
 */
import { crc32c, masked } from "./crc32c.ts";
import { unpackSnappy } from "./snappy.ts";
import { createReader, type Reader } from "./varint.ts";

const footerSize = 48;
/** Type and checksum behind each block. */
const trailerSize = 5;
const magic = 0xdb4775248b80fb57n;

interface Place {
  readonly at: number;
  readonly size: number;
}

const place = (reader: Reader): Place => ({ at: reader.number(), size: reader.number() });

function isSound(file: Buffer, { at, size }: Place): boolean {
  const end = at + size;
  if (end + trailerSize > file.length) return false;
  return file.readUInt32LE(end + 1) === masked(crc32c(file, at, end + 1));
}

function contentOf(file: Buffer, { at, size }: Place): Buffer {
  const content = file.subarray(at, at + size);
  const type = file.readUInt8(at + size);
  if (type > 1) throw new RangeError("a block of an unknown kind");
  return type === 1 ? unpackSnappy(content) : content;
}

/** The places that a block of keys and places names. */
function* placesIn(block: Buffer): Generator<Place> {
  const restarts = block.readUInt32LE(block.length - 4);
  const entries = createReader(block.subarray(0, block.length - 4 - 4 * restarts));
  while (entries.left > 0) {
    entries.number(); // shared with the key before
    const keyLength = entries.number();
    const valueLength = entries.number();
    entries.bytes(keyLength);
    yield place(createReader(entries.bytes(valueLength)));
  }
}

/** What is wrong with the table file, if anything, in words. */
export function damageOfTable(file: Buffer): string | undefined {
  if (file.length < footerSize || file.readBigUInt64LE(file.length - 8) !== magic)
    return "it has no proper end";
  try {
    const footer = createReader(file.subarray(file.length - footerSize));
    const [names, index] = [place(footer), place(footer)];
    if (!isSound(file, names) || !isSound(file, index)) return "its index does not match its checksum";
    const blocks = [
      ...placesIn(contentOf(file, index)),
      ...placesIn(contentOf(file, names)),
      names,
      index,
    ].sort((a, b) => a.at - b.at);
    let end = 0;
    for (const block of blocks) {
      if (block.at !== end) return `nothing tells what is at byte ${end}`;
      if (!isSound(file, block)) return `the block at byte ${block.at} does not match its checksum`;
      end += block.size + trailerSize;
    }
    return end === file.length - footerSize ? undefined : `nothing tells what is at byte ${end}`;
  } catch (error) {
    if (error instanceof RangeError) return `its index cannot be read (${error.message})`;
    throw error;
  }
}
