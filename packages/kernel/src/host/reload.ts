/**
 * Reload: new code for one extension, its dependents restarted with it. Everything that can be known before is checked
 * while the old code still runs; when the new code does not start, the old is started again.
 */
import { messageOf } from "../bus/fault.ts";
import { loadExtension } from "./activation.ts";
import { createEntry, type Entry } from "./entry.ts";
import { checkManifest } from "./manifest-check.ts";
import type { ExtensionSource } from "./options.ts";
import type { Plan } from "./order.ts";
import { examine, manifestReason, markBroken, planEntries } from "./prepare.ts";
import type { Runtime } from "./runtime.ts";

export interface ReloadOptions {
  readonly runtime: Runtime;
  readonly setPlan: (plan: Plan) => void;
  readonly forgetWarnings: (ids: readonly string[]) => void;
  /** These were started anew. */
  readonly onRestarted: (ids: ReadonlySet<string>) => void;
}

export interface Reload {
  run(extensionId: string, source?: ExtensionSource): Promise<void>;
  /** Resolves when no reload is under way. */
  idle(): Promise<void>;
}

type Code = Pick<Entry, "source" | "manifest" | "extension" | "settings" | "excluded">;

export function createReload({ runtime, setPlan, forgetWarnings, onRestarted }: ReloadOptions): Reload {
  const { entries, options } = runtime;
  let queue: Promise<void> = Promise.resolve();

  /** The new code, checked without touching the old. Rejects with what is wrong. */
  async function prepareCode(entry: Entry, source: ExtensionSource): Promise<Code> {
    const issues = checkManifest(source.manifest);
    if (issues.length > 0) throw new Error(manifestReason(issues));
    if (source.manifest.id !== entry.id) throw new Error(`its id is "${source.manifest.id}" now`);
    const candidate = createEntry(source);
    await examine(candidate, options);
    if (candidate.excluded) throw new Error(candidate.reason);
    const { broken } = planEntries(new Map([...entries, [entry.id, candidate]]), options.satisfies);
    const reason = broken.get(entry.id)?.reason;
    if (reason !== undefined) throw new Error(reason);
    candidate.extension = await loadExtension(source, options);
    return candidate;
  }

  /** The extension and all that need it, dependencies first. */
  function affectedBy(id: string, plan: Plan): Entry[] {
    const ids = new Set([id]);
    for (const each of ids) {
      for (const [dependent, required] of plan.requires) if (required.includes(each)) ids.add(dependent);
    }
    const place = (each: string) => plan.order.indexOf(each);
    return [...ids].sort((a, b) => place(a) - place(b)).flatMap((each) => entries.get(each) ?? []);
  }

  async function stop(affected: readonly Entry[]): Promise<void> {
    const dispose = async () => {
      for (const entry of [...affected].reverse()) await entry.scope?.dispose();
    };
    await dispose();
    // An activation under way ends by that, or comes through and is undone as well.
    await Promise.all(affected.map((entry) => entry.activation));
    await dispose();
    for (const entry of affected) entry.state = "stopped";
    runtime.changed();
  }

  /** Takes the code over, plans anew, and starts what was active or belongs to startup. */
  async function restart(
    entry: Entry,
    code: Code,
    affected: readonly Entry[],
    active: ReadonlySet<Entry>,
  ): Promise<void> {
    Object.assign(entry, pick(code));
    const before = runtime.plan();
    const plan = planEntries(entries, options.satisfies);
    const freed = [...entries.values()].filter(({ id }) => before.broken.has(id) && !plan.broken.has(id));
    const fresh = new Set([...affected, ...freed]);
    for (const each of fresh) {
      const { state } = createEntry(each.source);
      Object.assign(each, {
        state,
        reason: undefined,
        scope: undefined,
        activation: undefined,
        activationMs: undefined,
      });
      Object.assign(each, { faults: 0, lastFault: undefined });
    }
    forgetWarnings([...fresh].map((each) => each.id));
    setPlan(plan);
    markBroken(entries, plan);
    runtime.changed();
    const started = [...fresh].filter(
      (each) => each.state === "pending" || (each.state === "lazy" && active.has(each)),
    );
    await Promise.all(started.map((each) => runtime.activate(each)));
    onRestarted(new Set(started.map(({ id }) => id)));
  }

  async function reload(id: string, source: ExtensionSource | undefined): Promise<void> {
    const entry = entries.get(id);
    if (!entry || runtime.isStopping()) throw new Error(`there is no running extension "${id}" to reload`);
    const old: Code = pick(entry);
    const code = await prepareCode(entry, source ?? entry.source).catch((error: unknown) => {
      throw new Error(`"${id}" was not reloaded, what ran before goes on: ${messageOf(error)}`, {
        cause: error,
      });
    });
    const affected = affectedBy(id, runtime.plan());
    const active = new Set(affected.filter((each) => each.state === "active"));
    await stop(affected);
    await restart(entry, code, affected, active);
    const failure = entry.state === "failed" || entry.state === "disabled" ? entry.reason : undefined;
    if (failure === undefined) return;
    if (active.has(entry)) {
      await stop(affected);
      await restart(entry, old, affected, active);
      throw new Error(`the new code of "${id}" did not start, the old was started again: ${failure}`);
    }
    throw new Error(`"${id}" did not start: ${failure}`);
  }

  return {
    run(id, source) {
      const turn = queue.then(() => reload(id, source));
      queue = turn.catch(() => undefined);
      return turn;
    },
    idle: () => queue,
  };
}

const pick = ({ source, manifest, extension, settings, excluded }: Code): Code => ({
  source,
  manifest,
  extension,
  settings,
  excluded,
});
