/** What the running turn does or waits for, told as it changes. */
import type { LiveView } from "@dispatch/client";
import type { JSX } from "preact";
import { useNow } from "../shell/use-now.ts";
import { runningText } from "../timeline/turn-text.ts";

export interface RunningLineProps {
  readonly live: LiveView;
}

export function RunningLine({ live }: RunningLineProps): JSX.Element {
  const now = useNow(live.retry !== undefined);
  const isBad = live.retry !== undefined || live.stalledMs !== undefined;
  return (
    <div class={`run-line${isBad ? " bad" : ""}`}>
      <span class="pulse" aria-hidden="true" />
      <span role="status">{runningText(live, now)}</span>
    </div>
  );
}
