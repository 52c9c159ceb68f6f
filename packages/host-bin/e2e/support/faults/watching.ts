/** What a viewer makes of what it is sent: checked as it comes, compared at the end. */
import { applyEvent, createView, type DispatchEvent, type Snapshot, type View } from "@dispatch/wire";

export interface Watching {
  readonly view: View | undefined;
  /** To come back with; undefined: from a snapshot. */
  readonly cursor: string | undefined;
  snapshot(snapshot: Snapshot, cursor: string): void;
  /** From the first record on. */
  fromStart(): void;
  /** Throws when it does not fit. */
  event(event: DispatchEvent, cursor: string | undefined): void;
  /** After the last event of a frame. */
  moveTo(cursor: string): void;
  /** Forgets everything: its page was closed. */
  forget(): void;
}

export function createWatching(): Watching {
  let view: View | undefined;
  let cursor: string | undefined;
  return {
    get view() {
      return view;
    },
    get cursor() {
      return cursor;
    },
    snapshot(snapshot, at) {
      view = createView({ snapshot });
      cursor = at;
    },
    fromStart() {
      view = createView();
      cursor = "0";
    },
    event(event, at) {
      if (!view) throw new Error(`an event before its snapshot: ${JSON.stringify(event)}`);
      const before = view.seq;
      if (applyEvent(view, event) === "gap")
        throw new Error(`a gap after seq ${before}: ${JSON.stringify(event).slice(0, 500)}`);
      if (at !== undefined) cursor = at;
    },
    moveTo(at) {
      cursor = at;
    },
    forget() {
      view = undefined;
      cursor = undefined;
    },
  };
}
