/** Where ids come from. Injected, so that tests can script them. */
import { createHash, randomBytes } from "node:crypto";
import { v7 } from "uuid";

export interface Ids {
  /** UUIDv7: turns, messages, conversations. */
  uuid(): string;
  /** Names one life of a conversation: letters and digits. */
  epoch(): string;
}

export const randomIds: Ids = {
  uuid: () => v7(),
  epoch: () => randomBytes(5).toString("hex"),
};

/** A UUID (version 8, RFC 9562) that is always the same for the same text. */
export function derivedUuid(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
