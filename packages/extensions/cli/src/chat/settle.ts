/** How a turn's end becomes an exit code, and a sentence when it failed. */
import { type CommandError, commandError } from "../command-error.ts";
import { exitCodes } from "../exit-codes.ts";
import type { TurnEnd } from "../transcript/lines.ts";

const sentences: Readonly<Record<Exclude<TurnEnd["reason"], "completed" | "aborted" | "error">, string>> = {
  "max-steps": "The turn reached its limit of steps.",
  timeout: "The turn ran out of time.",
  "repeated-calls": "The model repeated the same call; the turn was stopped.",
  interrupted: "The turn was interrupted.",
  stalled: "The turn stalled and was stopped.",
};

export function exitCodeOf(end: TurnEnd): number {
  if (end.reason === "completed") return exitCodes.ok;
  return end.reason === "aborted" ? exitCodes.aborted : exitCodes.failed;
}

/** What to tell about it; undefined for a turn that completed or was stopped on purpose. */
export function failureOf(end: TurnEnd): CommandError | undefined {
  if (end.reason === "completed" || end.reason === "aborted") return undefined;
  const sentence = end.reason === "error" ? "The turn failed." : sentences[end.reason];
  return commandError(end.error?.message ?? end.detail ?? sentence, {
    code: end.error?.code ?? end.reason,
    fix: end.error?.fix,
  });
}
