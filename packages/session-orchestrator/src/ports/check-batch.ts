/**
 * What every implementation of the port `log` refuses before it writes, in one place, so that all refuse the same.
 * Both errors are programming errors: their `code` is a plain property and no code of the error table.
 */
import type { LogBatch } from "./log.ts";

/** Another writer was faster, or this one has lost the conversation (code `log-conflict`). Nothing was written. */
export function logConflict(detail: string): Error & { readonly code: "log-conflict" } {
  return Object.assign(new Error(detail), { code: "log-conflict" as const });
}

/** The batch itself is malformed (code `log-invalid`). Nothing was written. */
export function logInvalid(detail: string): Error & { readonly code: "log-invalid" } {
  return Object.assign(new Error(detail), { code: "log-invalid" as const });
}

/** What an implementation knows of the conversation when a batch arrives. */
export interface KnownHead {
  readonly head: number;
  /** Highest fence seen. */
  readonly fence: number;
}

const idPattern = /^[A-Za-z0-9_-]+$/;
const epochPattern = /^[A-Za-z0-9]+$/;
const natural = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;

// JSON.stringify escapes lone surrogates; a text that holds one would come back altered from any UTF-8 store.
const wellFormed = (text: string): boolean =>
  typeof text === "string" && (text as string & { isWellFormed(): boolean }).isWellFormed();

function flaw(batch: LogBatch): string | undefined {
  if (!idPattern.test(batch.conversationId)) return "the conversation id is malformed";
  if (!natural(batch.fence) || !natural(batch.expectedHead))
    return "fence and expectedHead are whole numbers from 0";
  if (batch.epoch !== undefined && !epochPattern.test(batch.epoch))
    return "the epoch is made of letters and digits";
  let seq = batch.expectedHead;
  for (const entry of batch.entries) {
    seq += 1;
    if (entry.seq !== seq) return `entry ${entry.seq} stands where ${seq} must`;
    if (entry.json === "" || !wellFormed(entry.json)) return `entry ${seq} is no JSON`;
  }
  for (const { block, at, meta } of batch.increments ?? []) {
    if (block === "" || !natural(at)) return `increment ${at} of block "${block}" is malformed`;
    if (at === 0 && meta === undefined) return `the first increment of block "${block}" lacks its meta`;
  }
  if (batch.row && !natural(batch.row.order)) return "the row's order is a whole number from 0";
  if (batch.row && !wellFormed(batch.row.json)) return "the row is no JSON";
  if (batch.state !== undefined && !wellFormed(batch.state)) return "the state is no JSON";
  if (batch.idempotency && !natural(batch.idempotency.expiresAt)) return "expiresAt is a whole number from 0";
  if (batch.idempotency && !wellFormed(batch.idempotency.json)) return "the remembered answer is no JSON";
  return undefined;
}

/**
 * Throws `log-invalid` for a malformed batch and `log-conflict` when head or fence do not fit `known` (undefined: there
 * is no such conversation). An implementation calls it while nothing else can append to the conversation.
 */
export function checkBatch(batch: LogBatch, known: KnownHead | undefined): void {
  const what = flaw(batch);
  if (what !== undefined) throw logInvalid(`Batch for conversation ${batch.conversationId}: ${what}.`);
  if (known === undefined ? batch.expectedHead !== 0 : known.head !== batch.expectedHead) {
    const found = known === undefined ? "it does not exist" : `its head is ${known.head}`;
    throw logConflict(
      `Conversation ${batch.conversationId}: head ${batch.expectedHead} expected, but ${found}.`,
    );
  }
  if (known !== undefined && batch.fence < known.fence) {
    throw logConflict(
      `Conversation ${batch.conversationId}: fence ${batch.fence} is below ${known.fence}: another writer owns it now.`,
    );
  }
  if (known === undefined && batch.epoch === undefined) {
    throw logInvalid(`Batch for conversation ${batch.conversationId}: the first batch gives the epoch.`);
  }
}

/** `options` with defaults filled in and limits applied. */
export function readBounds(options: { limit?: number | undefined; maxBytes?: number | undefined } = {}): {
  readonly limit: number;
  readonly maxBytes: number;
} {
  return {
    limit: Math.min(Math.max(1, options.limit ?? 200), 1_000),
    maxBytes: Math.min(options.maxBytes ?? 6_000_000, 6_000_000),
  };
}
