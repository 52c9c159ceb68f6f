/** Frames as bytes, each part of which may be wrong. */
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import type { WebSocket } from "ws";

export interface RawFrame {
  /** Default true. */
  readonly fin?: boolean;
  /** The three reserved bits, as a number; default 0. */
  readonly rsv?: number;
  /** Default 1, text. 0 continues, 2 is binary, 8 close, 9 ping, 10 pong. */
  readonly opcode?: number;
  /** Default true. */
  readonly masked?: boolean;
  readonly payload?: string | Buffer;
  /** Told in place of the payload's own length. */
  readonly length?: number;
}

export function frameBytes(frame: RawFrame): Buffer {
  const { fin = true, rsv = 0, opcode = 1, masked = true } = frame;
  const payload = Buffer.from(frame.payload ?? "");
  const length = frame.length ?? payload.length;
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const flag = masked ? 0x80 : 0;
  const head = length < 126 ? Buffer.from([first, flag | length]) : Buffer.alloc(length < 65_536 ? 4 : 10);
  if (length >= 126) {
    head[0] = first;
    head[1] = flag | (length < 65_536 ? 126 : 127);
    if (length < 65_536) head.writeUInt16BE(length, 2);
    else head.writeBigUInt64BE(BigInt(length), 2);
  }
  if (!masked) return Buffer.concat([head, payload]);
  const mask = randomBytes(4);
  return Buffer.concat([head, mask, payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0))]);
}

/** The connection below a client, for what its library would never send. */
export const below = (ws: WebSocket): Socket => (ws as unknown as { readonly _socket: Socket })._socket;

export const sendRaw = (ws: WebSocket, ...frames: readonly RawFrame[]): void =>
  void below(ws).write(Buffer.concat(frames.map(frameBytes)));
