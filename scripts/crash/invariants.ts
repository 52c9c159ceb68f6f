/** The invariants: what must hold after any number of crashes. Each is a pure function over the evidence that gives what is wrong. */
import { callsAnswered, decisionsKept, runsOnce } from "./checks/calls.ts";
import { endsKept, numbersConsecutive, stopsKept, textsWhole, turnsEnd } from "./checks/history.ts";
import { idsStable, inputsKept, inputsOnce, itemsDelivered } from "./checks/inputs.ts";
import {
  cursorsWork,
  deletedStayGone,
  handlesSteady,
  nothingRuns,
  processesGone,
  providerAccepts,
  serverStays,
  shownIsStored,
} from "./checks/surroundings.ts";
import type { Evidence } from "./evidence.ts";

/** Gives one sentence for each break; empty when it holds. */
export type Invariant = (evidence: Evidence) => string[];

export const invariants = {
  /** An acknowledged input is in the history: same ids, same text. */
  "inputs kept": inputsKept,
  /** No input is there twice, acknowledged or not. */
  "inputs once": inputsOnce,
  /** The same key gives the same ids, also after a crash. */
  "ids stable": idsStable,
  /** Every queued item is delivered exactly once, or cancelled, discarded or held, and said so. */
  "items delivered": itemsDelivered,
  /** Records are numbered from 1 without a hole. */
  "numbers consecutive": numbersConsecutive,
  /** Every turn ends, once, by one batch, and nothing of it follows; no two overlap. */
  "turns end": turnsEnd,
  /** An end that a client was told stays that end. */
  "ends kept": endsKept,
  /** A turn whose stop was acknowledged never goes on. */
  "stops kept": stopsKept,
  /** Every text in the history is what the provider said, whole unless its step was cut. */
  "texts whole": textsWhole,
  /** Every call has exactly one result, in place. */
  "calls answered": callsAnswered,
  /** A command that must not run twice ran at most once per call, and once when its result says so. */
  "runs once": runsOnce,
  /** An answer to an approval holds, and what was denied did not run. */
  "decisions kept": decisionsKept,
  /** Every request was a valid transcript. */
  "provider accepts": providerAccepts,
  /** Cursors from before a crash still work: who comes back, over whichever transport, sees the fold of the log. */
  "cursors work": cursorsWork,
  /** Nothing is shown before it is stored: every record that any viewer was ever given is in the log as it was. */
  "shown is stored": shownIsStored,
  /** What was deleted stays gone. */
  "deleted stay gone": deletedStayGone,
  /** Nothing is left running or shown as running. */
  "nothing runs": nothingRuns,
  /** No process of a command is left. */
  "processes gone": processesGone,
  /** File handles do not grow. */
  "handles steady": handlesSteady,
  /** The server never ends by itself. */
  "server stays": serverStays,
} as const satisfies Record<string, Invariant>;

export type InvariantName = keyof typeof invariants;

export interface Violation {
  readonly invariant: InvariantName;
  readonly what: string;
}

export const check = (evidence: Evidence): Violation[] =>
  (Object.keys(invariants) as InvariantName[]).flatMap((invariant) =>
    invariants[invariant](evidence).map((what) => ({ invariant, what })),
  );
