/** The id of a child: always the same for the same call, so that a call that runs again finds its child. */
import { createHash } from "node:crypto";

/** In the form of a UUID of version 8. Turn ids are never used twice, so neither is this. */
export function childIdOf(parentId: string, turnId: string, callId: string): string {
  const hex = createHash("sha256")
    .update(JSON.stringify([parentId, turnId, callId]))
    .digest("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
