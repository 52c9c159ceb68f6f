/** The conversation on the screen: its live view at most once a frame of the screen, older messages as they are asked for. */
import type { Client, Live, LiveView } from "@dispatch/client";
import type { Message } from "@dispatch/wire";
import { type ReadonlySignal, signal } from "@preact/signals";
import { codeOf } from "../sending/outbox.ts";
import { addMetrics, applyFacts, type Facts, noFacts } from "./facts.ts";
import type { Server } from "./server.ts";

export interface OpenConversation {
  readonly id: string;
  /** Undefined until it is there. */
  readonly live: ReadonlySignal<LiveView | undefined>;
  readonly facts: ReadonlySignal<Facts>;
  /** Messages before those of the live view. */
  readonly older: ReadonlySignal<readonly Message[]>;
  readonly hasOlder: ReadonlySignal<boolean>;
  /** Why nothing comes: `conversation-not-found`, or another code. */
  readonly ended: ReadonlySignal<string | undefined>;
  loadOlder(): Promise<void>;
  /** Follows it (again): it may have come to be meanwhile. */
  begin(): void;
  close(): void;
}

export interface OpenOptions {
  readonly live: Pick<Live, "watch">;
  readonly client: Pick<Client, "messages">;
  readonly server: Pick<Server, "metrics">;
  /** Calls back before the next drawing of the screen. */
  readonly nextFrame: (draw: () => void) => void;
}

const pageSize = 100;

export function openConversation(id: string, options: OpenOptions): OpenConversation {
  const { client, server, nextFrame } = options;
  const live = signal<LiveView | undefined>(undefined);
  const facts = signal<Facts>(noFacts);
  const older = signal<readonly Message[]>([]);
  const hasOlder = signal(false);
  const ended = signal<string | undefined>(undefined);
  let latest: LiveView | undefined;
  let known: Facts = noFacts;
  let isDrawing = false;
  let isLoading = false;
  let isClosed = false;
  let watched: { close(): void } | undefined;

  function draw(): void {
    if (isDrawing) return;
    isDrawing = true;
    nextFrame(() => {
      isDrawing = false;
      if (isClosed) return;
      facts.value = known;
      live.value = latest;
    });
  }

  /** How turns end is not in messages, nor what was said of the running one before the snapshot. What cannot be read is not shown. */
  async function readEnds(): Promise<void> {
    const { items } = await server.metrics(id);
    known = addMetrics(known, items);
    draw();
  }

  function begin(): void {
    watched?.close();
    ended.value = undefined;
    watched = options.live.watch(id, {
      onChange(view, items) {
        for (const { snapshot, event } of items) {
          if (event) known = applyFacts(known, event);
          else {
            older.value = [];
            hasOlder.value = snapshot.hasMore;
            void readEnds().catch(() => undefined);
          }
        }
        latest = view;
        draw();
      },
      onEnd(error) {
        if (error.code !== "closed") ended.value = codeOf(error);
      },
    });
  }

  return {
    id,
    live,
    facts,
    older,
    hasOlder,
    ended,
    begin,
    async loadOlder() {
      const first = older.value[0] ?? latest?.view.messages[0];
      if (isLoading || !hasOlder.value || !first) return;
      isLoading = true;
      try {
        const held = older.value;
        const { items, hasMore } = await client.messages(id, { before: first.seq, limit: pageSize });
        if (older.value !== held) return; // a new snapshot came: begin anew from there
        older.value = [...items, ...held];
        hasOlder.value = hasMore;
      } finally {
        isLoading = false;
      }
    },
    close() {
      isClosed = true;
      watched?.close();
    },
  };
}
