/** Extensions that are there but cannot run: why, in the words of those who need them. */

export interface Unusable {
  readonly state: "failed" | "disabled";
  readonly reason: string;
  /** Ids of services it would have provided. */
  readonly services?: readonly string[] | undefined;
}

/** `which failed: boom` */
export const whichFailed = ({ state, reason }: Unusable): string =>
  `which ${state === "failed" ? "failed" : "is disabled"}: ${reason}`;

/**
 * `needs "a" (through "c" -> "b"), which failed: boom`. `via`: who stands between, the one that needs the root itself first.
 */
export function needsReason(root: string, via: readonly string[], cause: Unusable): string {
  const steps = [...via].reverse().map((id) => `"${id}"`);
  return `needs "${root}"${steps.length === 0 ? "" : ` (through ${steps.join(" -> ")})`}, ${whichFailed(cause)}`;
}
