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
  /** How many events and snapshots it was given. */
  readonly events: number;
  /** The last of them, in words. */
  newest(): string[];
}

const keptWords = 30;

export function createWatching(): Watching {
  let view: View | undefined;
  let cursor: string | undefined;
  let events = 0;
  const words: string[] = [];
  const note = (what: string): void => {
    words.push(what);
    if (words.length > keptWords) words.shift();
  };
  return {
    get view() {
      return view;
    },
    get cursor() {
      return cursor;
    },
    get events() {
      return events;
    },
    newest: () => [...words],
    snapshot(snapshot, at) {
      events++;
      note(`snapshot ${at}`);
      view = createView({ snapshot });
      cursor = at;
    },
    fromStart() {
      note("from the start");
      view = createView();
      cursor = "0";
    },
    event(event, at) {
      events++;
      note(inWords(event));
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
      note("forgot all");
      view = undefined;
      cursor = undefined;
    },
  };
}

function inWords(event: DispatchEvent): string {
  if (!("seq" in event)) return `${event.type} ${event.block} ${event.at}+${event.text.length}`;
  const { seq, type, ...fields } = event as DispatchEvent & {
    seq: number;
    block?: string;
    text?: string;
    length?: number;
  };
  const sealed =
    fields.block === undefined ? "" : ` ${fields.block} ${fields.text?.length ?? `(${fields.length})`}`;
  return `#${seq} ${type}${sealed}`;
}
