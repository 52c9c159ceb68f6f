/** Thrown values and provider failures as data with a code and a sentence. */
import type { TurnError } from "@dispatch/wire";
import type { ProviderFailure } from "../contracts/provider.ts";
import { shorten } from "./surrogates.ts";

const longestMessage = 2_000;
/** A code of ours, as opposed to `ECONNRESET`, which means nothing to a reader. */
const codePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

/** The sentence a thrown value carries: its message, never its stack. */
export function messageOf(thrown: unknown): string {
  const { message } = fieldsOf(thrown);
  if (typeof message === "string" && message !== "") return shorten(message, longestMessage);
  if (typeof thrown === "string" && thrown !== "") return shorten(thrown, longestMessage);
  return "It failed without saying why.";
}

/** Any thrown value as a turn's error. Keeps the code and fix of an error that has them. */
export function toTurnError(thrown: unknown, fallbackCode: string): TurnError {
  const { code, retryable, fix, details } = fieldsOf(thrown);
  const advice = fix ?? fieldsOf(details).fix;
  return {
    code: typeof code === "string" && codePattern.test(code) ? code : fallbackCode,
    message: messageOf(thrown),
    retryable: retryable === true,
    ...(typeof advice === "string" ? { fix: advice } : {}),
  };
}

/** What a provider reported or threw. Thrown by accident (no failure of its own): `provider-error`. */
export function toProviderFailure(thrown: unknown): ProviderFailure {
  const { retryable, status, retryAfterMs } = fieldsOf(thrown);
  const error = toTurnError(thrown, "provider-error");
  return {
    ...error,
    ...(typeof retryable === "boolean" ? {} : { code: "provider-error" }),
    ...(typeof status === "number" ? { status } : {}),
    ...(typeof retryAfterMs === "number" ? { retryAfterMs } : {}),
  };
}

/** The part of a failure that is recorded. */
export const recordedError = ({ code, message, retryable, fix }: TurnError): TurnError => ({
  code,
  message,
  retryable,
  ...(fix === undefined ? {} : { fix }),
});
