/** What stands beside the messages of a conversation: how turns ended, how long tools took, what was said about them. Pure. */
import type { DispatchEvent, DoneReason, TurnError, TurnMetrics, TurnNotice, Usage } from "@dispatch/wire";
import { errorOf } from "@dispatch/wire/shown";

export interface TurnFacts {
  readonly reason?: DoneReason | undefined;
  readonly durationMs?: number | undefined;
  readonly usage?: Usage | undefined;
  readonly model?: string | undefined;
  readonly error?: TurnError | undefined;
  readonly notices: readonly TurnNotice[];
}

export interface CallFacts {
  readonly startedAt?: number | undefined;
}

export interface Facts {
  readonly turns: ReadonlyMap<string, TurnFacts>;
  readonly calls: ReadonlyMap<string, CallFacts>;
}

export const noFacts: Facts = Object.freeze({ turns: new Map(), calls: new Map() });
const noTurnFacts: TurnFacts = Object.freeze({ notices: [] });

function withTurn(facts: Facts, turnId: string | undefined, change: Partial<TurnFacts>): Facts {
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
    case "tool-start":
      return withCall(facts, event.callId, { startedAt: event.ts });
    case "error":
      return withTurn(facts, event.turnId, { error: errorOf(event) });
    case "done": {
      const { reason, durationMs, usage, model } = event;
      return withTurn(facts, event.turnId, { reason, durationMs, usage, model });
    }
    case "notice": {
      const { notices } = facts.turns.get(event.turnId ?? "") ?? noTurnFacts;
      return withTurn(facts, event.turnId, { notices: together(notices, [event]) });
    }
    default:
      return facts;
  }
}

/** What was said twice, or told and read, is there once. */
function together(notices: readonly TurnNotice[], more: readonly TurnNotice[]): readonly TurnNotice[] {
  const said = new Set(notices.map(({ text }) => text));
  const fresh = more.filter(({ text }) => !said.has(text)).map(({ level, text }) => ({ level, text }));
  return [...notices, ...fresh].slice(-20);
}

/** What the server knows of the newest turns: how they ended, and what was said of the running one before we came. What was seen live is kept. */
export function addMetrics(facts: Facts, items: readonly TurnMetrics[]): Facts {
  const turns = new Map(facts.turns);
  for (const { turnId, reason, durationMs, usage, model, error, notices = [] } of items) {
    if (reason === undefined && error === undefined && notices.length === 0) continue;
    const seen = turns.get(turnId) ?? noTurnFacts;
    const end = reason === undefined || seen.reason !== undefined ? {} : { reason, durationMs, usage, model };
    const why = seen.error ?? error;
    turns.set(turnId, {
      ...seen,
      ...end,
      ...(why === undefined ? {} : { error: why }),
      notices: together(notices, seen.notices),
    });
  }
  return { ...facts, turns };
}
