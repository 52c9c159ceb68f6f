/** One answer from the provider, however many requests it takes: failures before any content are retried. */
import type { Usage } from "@dispatch/wire";
import type { ProviderFailure } from "../contracts/provider.ts";
import { messageOf, recordedError } from "./failure.ts";
import type { TurnScope } from "./scope.ts";
import { type Answer, type AnswerReader, readAnswer } from "./stream.ts";
import { sumUsage } from "./usage.ts";

export interface Answered {
  /** Of the last request. */
  readonly answer: Answer;
  /** Of all requests, failed ones included. */
  readonly usage: Usage;
}

export async function requestAnswer(
  turn: TurnScope,
  stepId: string,
  reader: AnswerReader,
): Promise<Answered> {
  const { stop, input } = turn;
  let usage: Usage = { inputTokens: 0, outputTokens: 0 };
  for (let attempt = 1; ; attempt++) {
    const answer = await readAnswer(turn, reader);
    if (answer.usage !== undefined) {
      turn.usage.add(answer.usage);
      usage = sumUsage(usage, answer.usage);
    }
    const answered = { answer, usage };
    if (answer.failure === undefined || answer.firstAt !== undefined || stop.cause !== undefined)
      return answered;
    const delayMs = delayFor(turn, attempt, answer.failure);
    if (delayMs === "stop") return answered;
    const retryAt = Math.round(input.clock.now() + delayMs);
    await turn.commit({
      type: "provider-retry",
      stepId,
      attempt,
      delayMs,
      retryAt,
      error: recordedError(answer.failure),
    });
    try {
      await stop.race(input.clock.sleep(delayMs, stop.signal));
    } catch (error) {
      if (stop.cause === undefined) throw error;
    }
    if (stop.cause !== undefined) return answered;
  }
}

function delayFor({ input }: TurnScope, attempt: number, error: ProviderFailure): number | "stop" {
  if (!error.retryable || input.retry === undefined) return "stop";
  try {
    const delay = input.retry.delayFor(attempt, error);
    return delay === "stop" ? delay : Math.max(0, delay || 0);
  } catch (thrown) {
    input.log.error("the retry policy failed, so nothing is retried", { reason: messageOf(thrown) });
    return "stop";
  }
}
