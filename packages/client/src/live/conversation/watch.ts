/** A conversation kept up to date as a view: snapshot first, then every event folded in, and anew when something is missing. */
import type { ClientError } from "../../client-error.ts";
import type { StreamItem } from "../../follow.ts";
import type { Following, Follows } from "./follows.ts";
import { applyToLiveView, type LiveView, liveViewOf } from "./live-view.ts";

export interface WatchOptions {
  /** After every frame that changed something. `items` are what came, for whoever draws the difference only. */
  readonly onChange: (view: LiveView, items: readonly StreamItem[]) => void;
  readonly onEnd?: ((error: ClientError) => void) | undefined;
}

export interface Watched {
  /** Undefined until the first snapshot. */
  readonly view: LiveView | undefined;
  readonly cursor: string | undefined;
  close(): void;
}

export function watch(follows: Follows, conversationId: string, options: WatchOptions): Watched {
  let view: LiveView | undefined;
  let following: Following | undefined;
  let isClosed = false;

  function onItems(items: readonly StreamItem[]): void {
    for (const { snapshot, event } of items) {
      const next = snapshot ? liveViewOf(snapshot) : view && applyToLiveView(view, event);
      if (next === "gap") {
        again();
        return;
      }
      view = next;
    }
    if (view) options.onChange(view, items);
  }

  /** The view does not fit what comes: from a snapshot. */
  function again(): void {
    const before = following;
    following = undefined;
    begin();
    before?.close();
  }

  function begin(): void {
    const begun = follows.follow(conversationId, undefined, {
      onItems,
      onEnd: (error) => options.onEnd?.(error),
    });
    if (isClosed) begun.close();
    else following = begun;
  }

  begin();
  return {
    get view() {
      return view;
    },
    get cursor() {
      return following?.cursor;
    },
    close() {
      isClosed = true;
      following?.close();
    },
  };
}
