/** What stands beside the messages of a conversation: how turns ended, how long tools took, what was said about them. Pure. */
import type { DispatchEvent, DoneReason, TurnError, TurnMetrics, Usage } from "@dispatch/wire";

export interface TurnFacts {
  readonly reason?: DoneReason | undefined;
  readonly durationMs?: number | undefined;
  readonly usage?: Usage | undefined;
  readonly model?: string | undefined;
  readonly error?: TurnError | undefined;
  /** No progress for this long, in ms; gone when it goes on. */
  readonly stalledMs?: number | undefined;
  readonly notices: readonly { readonly level: string; readonly text: string }[];
}

export interface CallFacts {
  readonly target?: string | undefined;
  readonly startedAt?: number | undefined;
  readonly durationMs?: number | undefined;
}

export interface Facts {
  readonly turns: ReadonlyMap<string, TurnFacts>;
  readonly calls: ReadonlyMap<string, CallFacts>;
}

export const noFacts: Facts = Object.freeze({ turns: new Map(), calls: new Map() });
const noTurnFacts: TurnFacts = Object.freeze({ notices: [] });

export function withTurn(facts: Facts, turnId: string | undefined, change: Partial<TurnFacts>): Facts {
  if (turnId === undefined) return facts;
  const turn = { ...(facts.turns.get(turnId) ?? noTurnFacts), ...change };
  return { ...facts, turns: new Map(facts.turns).set(turnId, turn) };
}

const withCall = (facts: Facts, callId: string, change: CallFacts): Facts => ({
  ...facts,
  calls: new Map(facts.calls).set(callId, { ...facts.calls.get(callId), ...change }),
});

/** Gives the same object when the event says nothing of the kind. */
export function applyFacts(facts: Facts, event: DispatchEvent): Facts {
  switch (event.type) {
    case "tool-call":
      return event.target === undefined ? facts : withCall(facts, event.callId, { target: event.target });
    case "tool-start":
      return withCall(facts, event.callId, { startedAt: event.ts });
    case "tool-result":
      return withCall(facts, event.callId, { durationMs: event.durationMs });
    case "error": {
      const { code, message, retryable, fix } = event;
      const error = { code, message, retryable, ...(fix === undefined ? {} : { fix }) };
      return withTurn(facts, event.turnId, { error });
    }
    case "done": {
      const { reason, durationMs, usage, model } = event;
      return withTurn(facts, event.turnId, { reason, durationMs, usage, model, stalledMs: undefined });
    }
    case "turn-stalled":
      return withTurn(facts, event.turnId, { stalledMs: event.idleMs });
    case "turn-resumed":
      return withTurn(facts, event.turnId, { stalledMs: undefined });
    case "notice": {
      const { notices } = facts.turns.get(event.turnId ?? "") ?? noTurnFacts;
      return withTurn(facts, event.turnId, {
        notices: [...notices, { level: event.level, text: event.text }].slice(-20),
      });
    }
    default:
      return facts;
  }
}

/** The ends of earlier turns, as the server counts them. What was seen live is kept. */
export function addMetrics(facts: Facts, items: readonly TurnMetrics[]): Facts {
  const turns = new Map(facts.turns);
  for (const { turnId, reason, durationMs, usage, model } of items) {
    if (reason === undefined || turns.get(turnId)?.reason !== undefined) continue;
    turns.set(turnId, { ...(turns.get(turnId) ?? noTurnFacts), reason, durationMs, usage, model });
  }
  return { ...facts, turns };
}
