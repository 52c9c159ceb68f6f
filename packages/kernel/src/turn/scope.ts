/** What all parts of one turn share: its input, its stop, its recorder, its measurements. */
import type { NewRecord, TurnError } from "@dispatch/wire";
import type { ModelMessage } from "../contracts/provider.ts";
import type { TurnDelta, TurnInput } from "../contracts/turn.ts";
import { toTurnError } from "./failure.ts";
import { createRecorder, type Recorder } from "./recorder.ts";
import { createRepetition, type Repetition } from "./repetition.ts";
import { createStop, type Stop } from "./stop.ts";
import { createUsageMeter, type UsageMeter } from "./usage.ts";

/** A record as the parts of a turn write it: the turn's id is added. */
type WithoutTurn<R> = R extends { type: string } ? Omit<R, "turnId"> : never;
export type TurnRecord = WithoutTurn<NewRecord>;

export interface TurnScope {
  readonly input: TurnInput;
  readonly stop: Stop;
  readonly usage: UsageMeter;
  readonly repetition: Repetition;
  readonly messages: ModelMessage[];
  /** Steps begun. */
  readonly steps: number;
  /** The step begun last, for records which are not a step's own. */
  readonly place: { readonly stepId?: string };
  beginStep(stepId: string): void;
  readonly backlog: Recorder["backlog"];
  /** See `Recorder.commit`. */
  commit(...records: readonly TurnRecord[]): Promise<void>;
  flushed(): Promise<void>;
  delta(delta: TurnDelta): void;
  /** Why the turn failed: the first failure. */
  readonly error: TurnError | undefined;
  /** Stops the turn with an error, unless it is stopped already. */
  fail(error: TurnError): void;
}

export function openScope(input: TurnInput): TurnScope {
  const { ids, sink, limits, clock, signal } = input;
  const stop = createStop({ signal, clock, graceMs: limits.abortGraceMs, timeoutMs: limits.timeoutMs });
  let error: TurnError | undefined;
  let steps = 0;
  let place: TurnScope["place"] = {};

  function fail(failure: TurnError): void {
    if (stop.cause === undefined) error = failure;
    stop.now("error");
  }

  // A sink that fails takes the turn with it whatever ended it before: the log no longer holds the turn.
  function sinkFailed(thrown: unknown): void {
    input.log.error("the turn's records cannot be stored", {
      reason: toTurnError(thrown, "store-failed").message,
    });
    error = { ...toTurnError(thrown, "store-failed"), code: "store-failed" };
    stop.now("error");
  }

  const recorder = createRecorder(sink, sinkFailed);
  return {
    input,
    stop,
    usage: createUsageMeter(),
    repetition: createRepetition(limits.repeatedCalls),
    messages: [],
    get steps() {
      return steps;
    },
    get place() {
      return place;
    },
    beginStep(stepId) {
      steps++;
      place = { stepId };
    },
    get backlog() {
      return recorder.backlog;
    },
    commit: (...records) => recorder.commit(...records.map((record) => ({ turnId: ids.turnId, ...record }))),
    flushed: recorder.flushed,
    delta(delta) {
      try {
        sink.delta(delta);
      } catch (thrown) {
        sinkFailed(thrown);
      }
    },
    get error() {
      return error;
    },
    fail,
  };
}
