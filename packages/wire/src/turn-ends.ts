/** How turns end, in a person's words: one table for lists, pages, notices and the command line. */
import type { DoneReason } from "./records.ts";

/** How a turn ended, as far as it is known: `lastTurn` of a row is one. */
export interface TurnEnding {
  readonly reason: DoneReason;
  /** Of the error that ended it. */
  readonly code?: string | undefined;
  /** Why, in its own words. */
  readonly detail?: string | undefined;
}

interface EndWords {
  /** Under an answer, in a list. */
  readonly short: string;
  /** What happened to it, for a sentence: `The turn ${did}.` */
  readonly did: string;
}

export const endWords: Readonly<Record<DoneReason, EndWords>> = {
  completed: { short: "Done", did: "is answered" },
  aborted: { short: "Stopped", did: "was stopped" },
  error: { short: "Failed", did: "failed" },
  "max-steps": { short: "Stopped: too many steps", did: "was ended: it took more steps than it may" },
  timeout: { short: "Stopped: out of time", did: "was ended: it took longer than it may" },
  "repeated-calls": {
    short: "Stopped: it repeated itself",
    did: "was ended: the model made the same call again and again",
  },
  interrupted: {
    short: "Cut off by the end of the server",
    did: "was cut by the end of the server, and is not resumed",
  },
  stalled: { short: "Stopped: no progress", did: "was ended: it made no progress" },
};

/** `failed (provider-failed)`, or what `did` says; of a reason that this version does not know, the reason. */
export function didWords({ reason, code }: TurnEnding): string {
  const { did = `ended: ${reason}` } = endWords[reason] ?? {};
  return reason === "error" && code !== undefined ? `${did} (${code})` : did;
}

/** Why a turn ended, as a sentence: its own words where it has some. */
export const whyEnded = (end: TurnEnding): string => end.detail?.trim() || `The turn ${didWords(end)}.`;
