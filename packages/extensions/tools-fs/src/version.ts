/** The version of a file: tells whether it still is what somebody has seen. */
import { createHash } from "node:crypto";

/** The first 12 hexadecimal digits of the SHA-256 of its bytes. */
export const versionOf = (bytes: Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex").slice(0, 12);

export const versionShape = /^[0-9a-f]{12}$/;
