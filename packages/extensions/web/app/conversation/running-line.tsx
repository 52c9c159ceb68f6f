/** What the running turn does or waits for, told as it changes. */
import type { LiveView } from "@dispatch/client";
import type { JSX } from "preact";
import type { Facts } from "../live/facts.ts";
import { useNow } from "../shell/use-now.ts";
import { runningText } from "../timeline/turn-text.ts";

export interface RunningLineProps {
  readonly live: LiveView;
  readonly facts: Facts;
}

export function RunningLine({ live, facts }: RunningLineProps): JSX.Element {
  const turn = facts.turns.get(live.view.turn?.turnId ?? "");
  const now = useNow(live.retry !== undefined);
  const isBad = live.retry !== undefined || turn?.stalledMs !== undefined;
  return (
    <div class={`run-line${isBad ? " bad" : ""}`}>
      <span class="pulse" aria-hidden="true" />
      <span role="status">{runningText(live, turn?.stalledMs, now)}</span>
    </div>
  );
}
