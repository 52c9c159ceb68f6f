/** The policy, pure: what becomes of a call under a mode and rules. */
import type { ToolKind } from "@dispatch/kernel";
import type { ApprovalsMode } from "@dispatch/wire";

export type Action = "allow" | "ask" | "deny";

/** Every part that is given must fit. */
export interface Rule {
  readonly action: Action;
  readonly tool?: string;
  readonly path?: string;
  readonly argv?: readonly string[];
}

export interface Call {
  readonly name: string;
  readonly kind: ToolKind;
  readonly input: unknown;
}

export interface Verdict {
  readonly action: Action;
  /** For the model or the person, unless it is simply allowed. */
  readonly reason?: string;
}

/** Modes by what they let run without asking. */
const free: Readonly<Record<ApprovalsMode, ReadonlySet<ToolKind>>> = {
  "read-only": new Set(["read"]),
  ask: new Set(["read"]),
  workspace: new Set(["read", "write"]),
  full: new Set(["read", "write", "execute"]),
};

/** A denying rule always counts, an allowing one in every mode but `read-only`. */
export function decide(mode: ApprovalsMode, rules: readonly Rule[], call: Call): Verdict {
  const rule = rules.find((each) => fits(each, call));
  if (rule?.action === "deny")
    return { action: "deny", reason: `Not allowed: a rule of the user denies ${call.name} here.` };
  if (mode === "read-only" && call.kind !== "read") {
    return {
      action: "deny",
      reason: `Not allowed: the approvals mode is read-only, and ${call.name} changes things.`,
    };
  }
  if (rule?.action === "allow") return { action: "allow" };
  if (rule?.action === "ask") return { action: "ask", reason: "a rule asks for it" };
  return free[mode].has(call.kind) ? { action: "allow" } : { action: "ask" };
}

function fits({ tool, path, argv }: Rule, { name, input }: Call): boolean {
  const args =
    typeof input === "object" && input !== null ? (input as { path?: unknown; argv?: unknown }) : {};
  if (tool !== undefined && !matches(tool, name)) return false;
  if (path !== undefined && !(typeof args.path === "string" && matches(path, args.path))) return false;
  return argv === undefined || (Array.isArray(args.argv) && matchesAll(argv, args.argv));
}

function matchesAll(patterns: readonly string[], given: readonly unknown[]): boolean {
  const open = patterns.at(-1) === "**";
  const fixed = open ? patterns.slice(0, -1) : patterns;
  if (open ? given.length < fixed.length : given.length !== fixed.length) return false;
  return fixed.every((pattern, index) => {
    const value = given[index];
    return typeof value === "string" && matches(pattern, value);
  });
}

/** `*` stands for any text, everything else for itself. Linear: no backtracking beyond the last `*`. */
export function matches(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    if (pattern[p] === "*") {
      star = p++;
      mark = t;
    } else if (p < pattern.length && pattern[p] === text[t]) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
