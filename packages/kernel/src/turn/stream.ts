/** Reads one request's answer: events go where they belong as they come, until the answer ends, fails or is cut. */
import type { Usage } from "@dispatch/wire";
import type { FinishReason, ProviderEvent, ProviderFailure, ProviderRequest } from "../contracts/provider.ts";
import type { Blocks } from "./blocks.ts";
import { messageOf, toProviderFailure } from "./failure.ts";
import type { TurnScope } from "./scope.ts";
import { cut } from "./stop.ts";
import { laterReport } from "./usage.ts";

/** Neither `finish` nor `failure`: the turn stopped meanwhile. */
export interface Answer {
  finish?: FinishReason;
  failure?: ProviderFailure;
  usage?: Usage;
  readonly startedAt: number;
  /** When the first text, reasoning or call came. Absent: there was no content. */
  firstAt?: number;
  endedAt: number;
}

export interface AnswerReader {
  readonly request: ProviderRequest;
  readonly blocks: Blocks;
  onCall(event: Extract<ProviderEvent, { type: "tool-call" }>): void;
}

type Events = AsyncIterator<ProviderEvent | readonly ProviderEvent[]>;

/** Records waiting for a slow store before the reader waits for it too. */
const longestBacklog = 64;

const brokenOff: ProviderFailure = {
  code: "truncated",
  message: "The provider's answer broke off before its end.",
  retryable: true,
};

/** Never rejects. The block that is open when it returns is sealed by the caller. */
export async function readAnswer(turn: TurnScope, reader: AnswerReader): Promise<Answer> {
  const { stop, input } = turn;
  const startedAt = input.clock.now();
  const answer: Answer = { startedAt, endedAt: startedAt };
  const take = createTaker(turn, reader, answer);
  let events: Events | undefined;
  let open = true;
  while (stop.cause === undefined && answer.finish === undefined && answer.failure === undefined) {
    try {
      events ??= input.provider
        .stream(reader.request, { signal: stop.signal, log: input.log })
        [Symbol.asyncIterator]();
      const next = await stop.race(events.next());
      if (next === cut || stop.cause !== undefined) break;
      open = next.done !== true;
      if (next.done === true) answer.failure = brokenOff;
      else take(next.value);
    } catch (error) {
      open = false;
      if (stop.cause === undefined) answer.failure = toProviderFailure(error);
    }
    if (turn.backlog > longestBacklog) await stop.race(turn.flushed());
  }
  answer.endedAt = input.clock.now();
  if (open && events !== undefined) await leave(turn, events);
  return answer;
}

function createTaker(turn: TurnScope, { blocks, onCall }: AnswerReader, answer: Answer) {
  const { clock } = turn.input;

  /** False when the answer is over; events after that are ignored. */
  function takeOne(event: ProviderEvent): boolean {
    switch (event.type) {
      case "text":
      case "reasoning":
        if (event.text === "" && event.providerData === undefined) return true;
        answer.firstAt ??= clock.now();
        blocks.append(event.type, event.text, event.providerData);
        return true;
      case "tool-call":
        answer.firstAt ??= clock.now();
        onCall(event);
        return true;
      case "usage":
        answer.usage = laterReport(answer.usage, event.usage);
        return true;
      case "finish":
        if (event.usage !== undefined) answer.usage = laterReport(answer.usage, event.usage);
        answer.finish = event.reason;
        return false;
      case "error":
        answer.failure = toProviderFailure(event.error);
        return false;
      default:
        return true; // An event of a newer kind of provider.
    }
  }

  return (events: ProviderEvent | readonly ProviderEvent[]): void => {
    if (!isMany(events)) takeOne(events);
    else for (const event of events) if (turn.stop.cause !== undefined || !takeOne(event)) return;
  };
}

const isMany = (events: ProviderEvent | readonly ProviderEvent[]): events is readonly ProviderEvent[] =>
  Array.isArray(events);

/** Tells the provider that nobody reads any more. Only after a stop it gets the grace period to clean up. */
async function leave({ stop, input }: TurnScope, events: Events): Promise<void> {
  const left = (async () => {
    try {
      await events.return?.();
    } catch (error) {
      input.log.debug("the provider failed to close its stream", { reason: messageOf(error) });
    }
  })();
  if (stop.cause !== undefined) await stop.raceGrace(left);
}
