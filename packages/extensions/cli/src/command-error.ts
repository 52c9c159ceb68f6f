/** A failure as the command line reports it: a sentence, what to do about it, and the exit code. */

export interface CommandError extends Error {
  /** 1 failed, 2 usage, 3 server unreachable, 130 aborted. */
  readonly exitCode: number;
  /** For `--json`. */
  readonly code: string;
  readonly fix?: string | undefined;
}

/** `exitCode` default 1, `code` default `command-failed`. */
export function commandError(
  message: string,
  options: { exitCode?: number; code?: string; fix?: string | undefined; cause?: unknown } = {},
): CommandError {
  const error = new Error(message, options.cause === undefined ? undefined : { cause: options.cause });
  error.name = "CommandError";
  const { exitCode = 1, code = "command-failed", fix } = options;
  return Object.assign(error, { exitCode, code, fix });
}

export function isCommandError(error: unknown): error is CommandError {
  return error instanceof Error && "exitCode" in error && typeof error.exitCode === "number";
}
