/** Text that does not shrink when packed, the same for the same seed. */
import { createCipheriv, createHash } from "node:crypto";

export function noise(seed: string, length: number): string {
  const key = createHash("sha256").update(seed).digest();
  const stream = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  return stream
    .update(Buffer.alloc(Math.ceil((length * 3) / 4)))
    .toString("base64")
    .slice(0, length);
}
