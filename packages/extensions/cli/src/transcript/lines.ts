/** Lines of a transcript: what a tool did, what was retried, what a turn cost, what a person said. */
import type { RecordOf, TurnError } from "@dispatch/wire";
import { shortId } from "../conversation-id.ts";
import { clockTime, count, duration } from "../durations.ts";
import { oneLine } from "./printable.ts";

type ToolResult = Pick<RecordOf<"tool-result">, "name" | "outcome" | "isError" | "output"> & {
  durationMs?: number | undefined;
};

/** `· read_file notes.txt ✓ 12 ms`; a failed call with its outcome and the first words of its output. */
export function toolLine(result: ToolResult, target: string | undefined): string {
  const name = oneLine(result.name, 60); // a model may call what there is not
  const call = target ? `${name} ${oneLine(target, 60)}` : name;
  const time = result.durationMs === undefined ? "" : ` ${duration(result.durationMs)}`;
  if (!result.isError) return `· ${call} ✓${time}`;
  return `· ${call} ✗ ${result.outcome}${time}: ${oneLine(result.output)}`;
}

type Retry = Pick<RecordOf<"provider-retry">, "attempt" | "error"> &
  Partial<Pick<RecordOf<"provider-retry">, "delayMs" | "retryAt">>;

/** Servers of before told no time; who comes in the middle of the pause is told no length. */
export function retryLine({ attempt, delayMs, retryAt, error }: Retry): string {
  const pause = delayMs === undefined ? "" : ` in ${duration(delayMs)}`;
  const at = retryAt === undefined ? "" : ` (at ${clockTime(retryAt)})`;
  return `· retry ${attempt}${pause}${at}: ${oneLine(error.message)}`;
}

/** `now`: Unix time in ms. */
export const lostLine = (now: number, delayMs: number): string =>
  `· connection lost; trying again in ${duration(delayMs)} (at ${clockTime(now + delayMs)})`;

export interface TurnEnd {
  readonly reason: RecordOf<"done">["reason"];
  readonly detail?: string | undefined;
  readonly error?: TurnError | undefined;
  readonly done?: RecordOf<"done"> | undefined;
}

/** `0199a2b3-c4d5 · openai/gpt-5 · 1,234 in, 56 out · 2.1 s`. */
export function endLine(conversationId: string, end: TurnEnd): string {
  const parts = [shortId(conversationId)];
  if (end.done) {
    const { model, usage, durationMs } = end.done;
    parts.push(
      model,
      `${count(usage.inputTokens)} in, ${count(usage.outputTokens)} out`,
      duration(durationMs),
    );
  }
  if (end.reason !== "completed") parts.push(end.reason);
  return parts.join(" · ");
}

/** What a person said, quoted. */
export const quote = (text: string): string => text.replace(/^/gm, "> ");
