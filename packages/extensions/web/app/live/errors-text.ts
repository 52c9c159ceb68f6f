/** An error in a person's words: what the server said, and what to do about it. */
import { sentences } from "@dispatch/wire/shown";

export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return "Something went wrong.";
  const { details } = error as { details?: { fix?: string } };
  return sentences(error.message, details?.fix);
}
