/** The page of somebody who is logged in: list, conversation, panel. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ConversationPage } from "./conversation/conversation-page.tsx";
import { countAsking, titleOf } from "./live/list/rows.ts";
import type { Store } from "./live/store.ts";
import { StoreContext } from "./shell/store-context.ts";
import { ToastList } from "./shell/toast-list.tsx";
import { Sidebar } from "./sidebar/sidebar.tsx";
import { SurfacePanel } from "./surfaces/surface-panel.tsx";

export interface AppProps {
  readonly store: Store;
  readonly onLogOut: () => void;
}

export function App({ store, onLogOut }: AppProps): JSX.Element {
  const [hasDrawer, setDrawer] = useState(false);
  const [hasPanel, setPanel] = useState(false);
  const current = store.current.value;
  const title = titleOf(store.rows.value.get(current?.id ?? ""));
  const asking = countAsking(store.rows.value);
  useEffect(() => {
    const name = title === "" ? "Dispatch" : `${title} – Dispatch`;
    document.title = asking === 0 ? name : `(${asking}) ${name}`;
  }, [title, asking]);
  useEffect(() => {
    if (!hasDrawer && !hasPanel) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      setDrawer(false);
      setPanel(false);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [hasDrawer, hasPanel]);
  return (
    <StoreContext.Provider value={store}>
      <div class={`app${hasDrawer ? " with-drawer" : ""}${hasPanel ? " with-panel" : ""}`}>
        <Sidebar onChosen={() => setDrawer(false)} onLogOut={onLogOut} />
        {hasDrawer && (
          <button type="button" class="scrim" aria-label="Close the list" onClick={() => setDrawer(false)} />
        )}
        <ConversationPage
          key={current?.id ?? ""}
          conversation={current}
          onMenu={() => setDrawer(true)}
          onPanel={() => setPanel(!hasPanel)}
        />
        {hasPanel && <SurfacePanel conversationId={current?.id} onClose={() => setPanel(false)} />}
        <ToastList toasts={store.toasts} />
      </div>
    </StoreContext.Provider>
  );
}
