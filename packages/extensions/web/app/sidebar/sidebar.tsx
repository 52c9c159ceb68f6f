/** The conversations, live, with what finds and begins one. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { familyRows } from "../live/list/families.ts";
import { hashOf } from "../live/route.ts";

import { ConnectionLine } from "../shell/connection-line.tsx";
import { Icon } from "../shell/icon.tsx";
import { useStore } from "../shell/store-context.ts";
import { useNow } from "../shell/use-now.ts";
import { SidebarRow } from "./sidebar-row.tsx";

export interface SidebarProps {
  readonly onChosen: () => void;
  readonly onLogOut: () => void;
}

const minuteMs = 60_000;

export function Sidebar({ onChosen, onLogOut }: SidebarProps): JSX.Element {
  const store = useStore();
  const [search, setSearch] = useState("");
  const now = useNow(true, minuteMs);
  const current = store.current.value?.id;
  const rows = familyRows(store.rows.value, search, current);
  return (
    <nav class="sidebar" aria-label="Conversations">
      <div class="sidebar-head">
        <strong class="brand">Dispatch</strong>
        <a class="button primary" href={hashOf(undefined)} onClick={onChosen}>
          <Icon name="plus" /> New
        </a>
      </div>
      <div class="search">
        <Icon name="search" />
        <input
          type="search"
          aria-label="Search conversations"
          placeholder="Search"
          value={search}
          onFocus={() => void store.attempt(store.loadAll)}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
      </div>
      <ul class="rows">
        {rows.map((each) => (
          <SidebarRow
            key={each.row.id}
            {...each}
            isCurrent={each.row.id === current}
            now={now}
            onChosen={onChosen}
          />
        ))}
        {rows.length === 0 && (
          <li class="empty">
            {search.trim() === "" ? "No conversations yet." : "Nothing fits this search."}
          </li>
        )}
      </ul>
      <div class="sidebar-foot">
        <ConnectionLine />
        <button type="button" class="quiet icon-only" title="Log out" aria-label="Log out" onClick={onLogOut}>
          <Icon name="out" />
        </button>
      </div>
    </nav>
  );
}
