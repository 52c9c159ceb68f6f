/** What notices say. Pure: from what happened to level and sentence; of a conversation they know the title only. */
import type { ExtensionInfo } from "@dispatch/kernel";
import { type DoneReason, didWords, type NoticeLevel } from "@dispatch/wire";

export interface Wording {
  readonly level: NoticeLevel;
  readonly text: string;
}

const levels: Readonly<Record<DoneReason, NoticeLevel>> = {
  completed: "success",
  aborted: "info",
  error: "error",
  "max-steps": "warning",
  timeout: "warning",
  "repeated-calls": "warning",
  interrupted: "warning",
  stalled: "warning",
};

const longestTitle = 100;

/** A title as part of a sentence: one line, not too long, and nothing that would turn the rest of it around. */
export function named(title: string): string {
  const line = title.replace(/[\s\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu, " ").trim();
  const short = line.length > longestTitle ? `${line.slice(0, longestTitle).trimEnd()}…` : line;
  return short === "" ? "A conversation" : `“${short}”`;
}

/** `code`: of the error that ended it. */
export function turnEnded(title: string, reason: DoneReason, code: string | undefined): Wording {
  return { level: levels[reason], text: `${named(title)} ${didWords({ reason, code })}.` };
}

export const turnStalled = (title: string, idleMs: number): Wording => ({
  level: "warning",
  text: `${named(title)} makes no progress: nothing for ${duration(idleMs)}.`,
});

export const turnResumed = (title: string): Wording => ({ level: "info", text: `${named(title)} goes on.` });

export const compactionFailed = (title: string, code: string): Wording => ({
  level: "error",
  text: `${named(title)} could not be compacted (${code}); its context is as before.`,
});

function duration(ms: number): string {
  if (ms < 60_000) return `${Math.max(1, Math.floor(ms / 1_000))} s`;
  return `${Math.round(ms / 60_000)} min`;
}

/** Extensions that are newly out of service, compared with the states before by id. */
export function outOfService(
  before: ReadonlyMap<string, string>,
  now: readonly Pick<ExtensionInfo, "id" | "state">[],
): Wording[] {
  // A state that is not one of these is out of service too: quarantined, say.
  const fine = new Set<string>(["pending", "active", "lazy", "stopped", "disabled"]);
  return now
    .filter(({ id, state }) => !fine.has(state) && before.get(id) !== state)
    .map(({ id, state }) => ({
      level: "error",
      text: `The extension ${id} is out of service (${state}); \`dispatch extensions --why\` says why.`,
    }));
}
