/** Before anything runs: which sources are extensions, wanted, fit for this kernel and rightly configured. */

import type { ExtensionInfo } from "../contracts/host-api.ts";
import { apiVersion } from "../contracts/manifest.ts";
import { schemas } from "../contracts/schema.ts";
import { createEntry, type Entry, invalidInfo, unusableOf } from "./entry.ts";
import { checkManifest } from "./manifest-check.ts";
import type { ExtensionSource, Problem } from "./options.ts";
import { type Plan, planOrder } from "./order.ts";
import type { Settled } from "./runtime.ts";
import { checkSettings } from "./settings.ts";

export interface Prepared {
  /** In the order added. */
  readonly entries: Map<string, Entry>;
  /** Rows of what is no extension, or has an id that is taken. */
  readonly rejected: readonly ExtensionInfo[];
}

export async function prepare(sources: readonly ExtensionSource[], options: Settled): Promise<Prepared> {
  const entries = new Map<string, Entry>();
  const rejected: ExtensionInfo[] = [];
  sources.forEach((source, index) => {
    const issues = checkManifest(source.manifest);
    const id = idOf(source) ?? `(extension ${index + 1})`;
    const holder = entries.get(id);
    if (issues.length > 0) rejected.push(invalidInfo(source, id, manifestReason(issues)));
    else if (holder)
      rejected.push(invalidInfo(source, id, `the id "${id}" is taken by a ${holder.source.trust} extension`));
    else entries.set(id, createEntry(source));
  });
  await Promise.all([...entries.values()].map((entry) => examine(entry, options)));
  return { entries, rejected };
}

export const manifestReason = (issues: readonly { path: string; message: string }[]): string =>
  `its manifest is wrong: ${issues.map(({ path, message }) => `${path || "manifest"} ${message}`).join("; ")}`;

const idOf = ({ manifest }: ExtensionSource): string | undefined => {
  const id: unknown = (manifest as { id?: unknown } | undefined)?.id;
  return typeof id === "string" && id !== "" ? id : undefined;
};

/** Excludes the entry, or fills in its settings. */
export async function examine(entry: Entry, options: Settled): Promise<void> {
  const { id, manifest } = entry;
  const exclude = (reason: string) => Object.assign(entry, { state: "disabled", reason, excluded: true });
  const unwanted = options.disabled?.(id);
  if (unwanted !== undefined) return void exclude(unwanted);
  if (!options.satisfies(apiVersion, manifest.apiVersion)) {
    return void exclude(`it was written for kernel API ${manifest.apiVersion}, this one is ${apiVersion}`);
  }
  const settings = await checkSettings(manifest, options.settings, options.compileSchema);
  if (settings.ok) entry.settings = settings.value;
  else exclude(settings.reason);
}

/** The plan for all entries that are not excluded. */
export function planEntries(entries: ReadonlyMap<string, Entry>, satisfies: Settled["satisfies"]): Plan {
  const all = [...entries.values()];
  return planOrder({
    manifests: all.filter((entry) => !entry.excluded).map((entry) => entry.manifest),
    unusable: new Map(all.filter((entry) => entry.excluded).map((entry) => [entry.id, unusableOf(entry)])),
    builtIn: new Map([[schemas.id, schemas.version]]),
    satisfies,
  });
}

/** Writes what the plan says about broken extensions into their entries. */
export function markBroken(entries: ReadonlyMap<string, Entry>, plan: Plan): void {
  for (const [id, { state, reason }] of plan.broken) {
    const entry = entries.get(id);
    if (entry) Object.assign(entry, { state, reason });
  }
}

/** An error for each row with a reason, then the warnings. */
export function problemsOf(
  rows: readonly ExtensionInfo[],
  warnings: readonly { extensionId: string; message: string }[],
): Problem[] {
  const errors = rows.flatMap(({ id, reason }): Problem[] =>
    reason === undefined ? [] : [{ extensionId: id, severity: "error", message: reason }],
  );
  return [...errors, ...warnings.map((warning): Problem => ({ ...warning, severity: "warning" }))];
}
