/** The envelope of a streamed chunk, as the real API writes it. */
import { randomBytes } from "node:crypto";
import type { Delta } from "./deltas.ts";
import type { FinishReason, Usage } from "./reply.ts";

/** What one chunk carries: a delta, perhaps the finish reason, or only the usage. */
export type Chunk = { readonly delta: Delta; readonly finish?: FinishReason } | { readonly usage: Usage };

/** The fields that a completion and all its chunks share. */
export interface Envelope {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly service_tier: "default";
  readonly system_fingerprint: string;
}

/** The envelope of a new completion. */
export function newEnvelope(model: string): Envelope {
  return {
    id: `chatcmpl-${randomBytes(12).toString("hex")}`,
    created: Math.floor(Date.now() / 1000),
    model,
    service_tier: "default",
    system_fingerprint: "fp_strict",
  };
}

/** Encodes the chunks of one completion as SSE events; `usage: null` is on all but the last when usage is wanted. */
export function chunkEncoder(model: string, wantsUsage: boolean): (chunk: Chunk) => string {
  const envelope = { object: "chat.completion.chunk", ...newEnvelope(model) };
  return (chunk) => {
    const usage = wantsUsage ? { usage: "usage" in chunk ? chunk.usage : null } : {};
    const choices =
      "usage" in chunk
        ? []
        : [{ index: 0, delta: chunk.delta, logprobs: null, finish_reason: chunk.finish ?? null }];
    return `data: ${JSON.stringify({ ...envelope, choices, ...usage })}\n\n`;
  };
}
