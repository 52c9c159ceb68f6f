/**
 * What an imported conversation gets behind its last record, pure: the end of what the export cut, and nothing of what a document
 * could make a server do by itself or let pass.
 */
import type { LogRecord, NewRecord, SettingName } from "@dispatch/wire";
import { sealTurn } from "../conversation/decide.ts";
import { foldState } from "../conversation/fold-state.ts";
import { type ConversationState, emptyState } from "../conversation/state.ts";
import { discard } from "../queue/decide.ts";
import { usageOf } from "../recovery/earlier-attempts.ts";
import { reconcile } from "../recovery/reconcile.ts";

/** How it speaks. Every other setting says what turns may do, where, or at what cost: that is for the user to say here. */
const kept: ReadonlySet<string> = new Set<SettingName>(["model", "effort", "system", "compactThreshold"]);

const cut = { code: "interrupted", message: "The document was exported in the middle of this turn." };

export function endingOf(id: string, records: readonly LogRecord[]): NewRecord[] {
  let state: ConversationState = emptyState(id);
  for (const record of records) state = foldState(state, record);
  const failed: NewRecord[] =
    state.compacting === undefined ? [] : [{ type: "compaction-failed", error: { ...cut, retryable: true } }];
  return [...failed, ...endOfTurn(state, records), ...settingsLeftOut(state), ...queueLeftOut(state)];
}

/** Nothing of it runs here: no turn, and no status that says so. */
function endOfTurn(state: ConversationState, records: readonly LogRecord[]): NewRecord[] {
  const { running, status } = state;
  if (!running) return status === "active" ? [{ type: "status-changed", status: "idle" }] : [];
  const turn = records.filter(({ turnId }) => turnId === running.turnId);
  const lastAt = turn.at(-1)?.ts ?? running.startedAt;
  return [
    ...reconcile(running.turnId, turn, []),
    ...sealTurn(
      // What waits is discarded below.
      { ...state, queue: [] },
      {
        turnId: running.turnId,
        reason: "interrupted",
        detail: cut.message,
        usage: usageOf(turn),
        durationMs: lastAt - running.startedAt,
        closing: false,
      },
    ),
  ];
}

function settingsLeftOut({ settings }: ConversationState): NewRecord[] {
  const names = Object.keys(settings).filter((name) => !kept.has(name));
  if (names.length === 0) return [];
  const cleared = Object.fromEntries(names.map((name) => [name, null]));
  const text = `These settings of the document do not hold here: ${names.sort().join(", ")}. Set again what you want.`;
  return [
    { type: "meta-changed", patch: { settings: cleared } },
    { type: "notice", level: "warning", text },
  ];
}

/** What waited waits in the conversation that was exported: it is not said twice. */
const queueLeftOut = (state: ConversationState): NewRecord[] =>
  discard(state, "they wait where the document comes from");
