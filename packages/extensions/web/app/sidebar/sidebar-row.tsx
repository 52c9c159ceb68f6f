/** One conversation of the list. */
import type { ConversationRow } from "@dispatch/wire";
import { whyEnded } from "@dispatch/wire/shown";
import type { JSX } from "preact";
import { hashOf } from "../live/route.ts";
import { type Dot, dotOf, titleOf } from "../live/rows.ts";
import { ago } from "../text/format.ts";

export interface SidebarRowProps {
  readonly row: ConversationRow;
  readonly isCurrent: boolean;
  readonly now: number;
  readonly onChosen: () => void;
}

const words: Readonly<Record<Dot, string>> = {
  asking: "waits for an answer",
  running: "running",
  failed: "failed",
  closed: "closed",
  idle: "idle",
};

export function SidebarRow({ row, isCurrent, now, onChosen }: SidebarRowProps): JSX.Element {
  const dot = dotOf(row);
  return (
    <li>
      <a
        class="row"
        href={hashOf(row.id)}
        aria-current={isCurrent ? "page" : undefined}
        onClick={onChosen}
        title={dot === "failed" && row.lastTurn ? `${titleOf(row)}\n${whyEnded(row.lastTurn)}` : titleOf(row)}
      >
        <span class={`dot ${dot}`} role="img" aria-label={words[dot]} />
        <span class="row-title">{titleOf(row)}</span>
        {dot === "asking" ? (
          <span class="row-asks" aria-hidden="true">
            asks you
          </span>
        ) : (
          <span class="row-when">{ago(row.lastActivityAt, now)}</span>
        )}
      </a>
    </li>
  );
}
