/** An error in a person's words: what the server said, and what to do about it. */

export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return "Something went wrong.";
  const { details } = error as { details?: { fix?: string } };
  return [error.message, details?.fix].filter(Boolean).join(" ");
}
