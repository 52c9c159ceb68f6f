/** What the start says about a damaged store, and how far it looks before it opens one. */
import { type DispatchError, dispatchError } from "@dispatch/wire";
import type { CommitMark } from "./commit-file.ts";
import { inspect } from "./files/inspect.ts";
import { tryOpening } from "./trial.ts";

const shown = 5;

/** @param what Phrases. */
export const inWords = (what: readonly string[]): string =>
  [...what.slice(0, shown), ...(what.length > shown ? [`and ${what.length - shown} more`] : [])].join("; ");

export const refusal = (dataDir: string, what: readonly string[], cause?: unknown): DispatchError =>
  dispatchError("store-damaged", `The store in ${dataDir} is damaged: ${inWords(what)}.`, {
    fix:
      'Restore the data folder from a backup. Or start once with {"extensions":{"store-level":{"settings":{"acceptLoss":true}}}}' +
      " in the configuration: then what cannot be read is dropped, and the store as it is now is kept beside it.",
    cause,
  });

/** The store ends before what was acknowledged. */
export const lossOf = (reached: number | undefined, acknowledged: number): string =>
  `the last ${acknowledged - (reached ?? 0)} of ${acknowledged} synced writes are gone`;

export interface Examined {
  readonly damage: readonly string[];
  readonly unchecked: readonly string[];
}

/**
 * Compares level's files with their checksums, and, where a crash may look like a damage, what is left with what was
 * acknowledged. Changes nothing.
 */
export async function examine(
  dataDir: string,
  folder: string,
  { checkBytes, mark }: { readonly checkBytes: number; readonly mark: CommitMark | undefined },
): Promise<Examined> {
  const { damage, doubt, unchecked } = await inspect(folder, checkBytes);
  if (damage.length > 0 || doubt === undefined) return { damage, unchecked };
  if (mark === undefined) return { damage: doubt.certain ? [doubt.what] : [], unchecked };
  const reached = await tryOpening(folder, `${dataDir}/store.trial`, doubt.logs);
  if ((reached ?? 0) >= mark.number) return { damage, unchecked };
  return { damage: [doubt.what, lossOf(reached, mark.number)], unchecked };
}
