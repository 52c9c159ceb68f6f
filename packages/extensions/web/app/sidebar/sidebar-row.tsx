/** One conversation of the list. */
import type { ConversationRow } from "@dispatch/wire";
import { whyEnded } from "@dispatch/wire/shown";
import type { JSX } from "preact";
import { dotOf, dotWords, titleOf } from "../live/list/rows.ts";
import { hashOf } from "../live/route.ts";
import { ago } from "../text/format.ts";

export interface SidebarRowProps {
  readonly row: ConversationRow;
  /** It is a child of the one above it, so many levels down. */
  readonly depth: number;
  /** Children of it that are not shown. */
  readonly folded: number;
  readonly isCurrent: boolean;
  readonly now: number;
  readonly onChosen: () => void;
}

/** Deeper ones are indented no further. */
const mostIndented = 3;

export function SidebarRow({ row, depth, folded, isCurrent, now, onChosen }: SidebarRowProps): JSX.Element {
  const dot = dotOf(row);
  return (
    <li>
      <a
        class={depth === 0 ? "row" : `row child depth-${Math.min(depth, mostIndented)}`}
        href={hashOf(row.id)}
        aria-current={isCurrent ? "page" : undefined}
        onClick={onChosen}
        title={dot === "failed" && row.lastTurn ? `${titleOf(row)}\n${whyEnded(row.lastTurn)}` : titleOf(row)}
      >
        <span class={`dot ${dot}`} role="img" aria-label={dotWords[dot]} />
        <span class="row-title">
          {depth > 0 && <span class="off-screen">child: </span>}
          {titleOf(row)}
        </span>
        {folded > 0 && (
          <span
            class="row-when"
            role="img"
            aria-label={folded === 1 ? "one child, folded" : `${folded} children, folded`}
            title="Children, folded"
          >
            +{folded}
          </span>
        )}
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
