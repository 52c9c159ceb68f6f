/** Failures in the words of Dispatch: code, a sentence, whether the same request may work later, and what to do. */
import type { ProviderFailure } from "@dispatch/kernel";

/** Messages are cut here, in UTF-16 code units: servers put whole requests into theirs. */
const maxMessage = 1_000;

/** Makes a failure whose message is bounded. */
export function failure(
  code: string,
  message: string,
  retryable: boolean,
  more: Pick<ProviderFailure, "fix" | "status" | "retryAfterMs"> = {},
): ProviderFailure {
  const shown =
    message.length <= maxMessage
      ? message
      : `${message.slice(0, maxMessage - 1).replace(/[\ud800-\udbff]$/, "")}…`;
  return { code, message: shown, retryable, ...more };
}

/** What arrived is no answer of this dialect: a glitch in a stream, or (not retryable) not such a server at all. */
export const malformed = (message: string, retryable = true): ProviderFailure =>
  failure("provider-malformed", message, retryable, {
    fix: "Check that the base URL is that of an OpenAI-compatible server.",
  });

/** The server closed the stream properly, but too early. */
export const truncated = (): ProviderFailure =>
  failure("truncated", "The answer ended before it was finished.", true);

/** Nothing came for this long. */
export const idle = (ms: number): ProviderFailure =>
  failure("provider-idle", `The model server was silent for ${ms / 1000} s.`, true, {
    fix: "A slow server needs a larger `idleTimeoutMs` in the settings of provider-openai.",
  });

/** A failure as an error, for calls that reject. */
export const failureError = (found: ProviderFailure): Error & ProviderFailure =>
  Object.assign(new Error(found.message), found);
