/** A failure to start, as the person at the keyboard reads it: a sentence, what was wrong in detail, what to do. */

/** Fits the command line's own errors: it has an exit code, a sentence and a fix. */
export interface StartError extends Error {
  readonly exitCode: number;
  readonly code: string;
  readonly fix?: string | undefined;
}

/** `code` default `start-failed`. The exit code is 1. */
export function startError(
  message: string,
  options: { code?: string; fix?: string | undefined; cause?: unknown } = {},
): StartError {
  const error = new Error(message, options.cause === undefined ? undefined : { cause: options.cause });
  error.name = "StartError";
  return Object.assign(error, { exitCode: 1, code: options.code ?? "start-failed", fix: options.fix });
}

/** The sentence of any thrown value. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
