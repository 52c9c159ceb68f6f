/** The bytes of a frame, made when they are first needed and once for all sockets. */
import type { OutgoingFrame } from "../ports.ts";
import { textFrame } from "./text-frame.ts";

export function encodeOnce(frame: () => OutgoingFrame): () => Buffer {
  let bytes: Buffer | undefined;
  return () => {
    bytes ??= textFrame(JSON.stringify(frame()));
    return bytes;
  };
}
