/** How a turn ended, and what a running one waits for, in a person's words. Pure. */
import type { LiveView } from "@dispatch/client";
import type { TurnError } from "@dispatch/wire";
import { endWords, sentences } from "@dispatch/wire/shown";
import type { TurnFacts } from "../live/facts.ts";
import { count, duration, secondsUntil } from "../text/format.ts";

/** `Done · 4.2 s · 1.2k in, 340 out`. */
export function endText({ reason, durationMs, usage, model }: TurnFacts): string {
  const parts = [reason === undefined ? undefined : (endWords[reason]?.short ?? reason)];
  if (durationMs !== undefined) parts.push(duration(durationMs));
  if (usage && usage.inputTokens + usage.outputTokens > 0)
    parts.push(`${count(usage.inputTokens)} in, ${count(usage.outputTokens)} out`);
  if (model !== undefined) parts.push(model);
  return parts.filter((part) => part !== undefined).join(" · ");
}

/** A sentence and what to do about it. */
export const errorText = ({ message, code, fix }: TurnError): string =>
  sentences(message.trim() || code, fix);

const waits: Readonly<Record<string, string>> = {
  slot: "Waiting: other turns are running",
  approval: "Waiting for an answer",
};

/** What a running turn is doing, for the line under it. */
export function runningText(
  {
    retry,
    waiting,
    stalledMs,
    approvals,
    tools,
  }: Pick<LiveView, "retry" | "waiting" | "stalledMs" | "approvals" | "tools">,
  now: number,
): string {
  if (approvals.length > 0) return "Waiting for your answer";
  if (retry) {
    const seconds = secondsUntil(retry.retryAt, now);
    return `${errorText(retry.error)} Trying again in ${seconds >= 60 ? duration(seconds * 1_000) : `${seconds} s`} (attempt ${retry.attempt + 1})`;
  }
  if (waiting !== undefined) return waits[waiting] ?? `Waiting: ${waiting}`;
  if (stalledMs !== undefined) return `No progress for ${duration(stalledMs)}`;
  if (tools.length === 1) return `Running ${tools[0]?.name}`;
  if (tools.length > 1) return `Running ${tools.length} tools`;
  return "Working";
}
