/** How a turn's end becomes an exit code, and a sentence when it failed. */

import { whyEnded } from "@dispatch/wire/shown";
import { type CommandError, commandError } from "../command-error.ts";
import { exitCodes } from "../exit-codes.ts";
import type { TurnEnd } from "../transcript/lines.ts";

export function exitCodeOf(end: TurnEnd): number {
  if (end.reason === "completed") return exitCodes.ok;
  return end.reason === "aborted" ? exitCodes.aborted : exitCodes.failed;
}

/** What to tell about it; undefined for a turn that completed or was stopped on purpose. */
export function failureOf(end: TurnEnd): CommandError | undefined {
  if (end.reason === "completed" || end.reason === "aborted") return undefined;
  return commandError(end.error?.message ?? whyEnded(end), {
    code: end.error?.code ?? end.reason,
    fix: end.error?.fix,
  });
}
