/** The conversation on the screen: its live view at most once a frame of the screen, older messages as they are asked for. */
import type { Client, Live, LiveView } from "@dispatch/client";
import type { Message } from "@dispatch/wire";
import { type ReadonlySignal, signal } from "@preact/signals";
import { codeOf } from "../sending/outbox.ts";
import { addMetrics, applyFacts, type Facts, noFacts, withTurn } from "./facts.ts";
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
  readonly client: Pick<Client, "messages" | "last">;
  readonly server: Pick<Server, "metrics">;
  /** Calls back before the next drawing of the screen. */
  readonly nextFrame: (draw: () => void) => void;
}

const pageSize = 100;
/** Between a turn's `done` and its seal: they are one batch, so it is soon. In ms. */
const sealMs = 5_000;

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

  /** How earlier turns ended is not in messages. What cannot be read is not shown; all else is. */
  async function readEnds(view: LiveView): Promise<void> {
    const { items } = await server.metrics(id);
    known = addMetrics(known, items);
    const { lastTurn } = view.conversation ?? {};
    if (lastTurn?.reason === "error") await readError(lastTurn.turnId);
    draw();
  }

  /** Why a turn failed, where the record that says so was not seen: it stood before the snapshot. */
  async function readError(turnId: string): Promise<void> {
    if (known.turns.get(turnId)?.error !== undefined) return;
    const last = await client.last(id, { timeoutMs: sealMs });
    if ("error" in last && last.error && last.turnId === turnId)
      known = withTurn(known, turnId, { reason: last.reason, error: last.error });
    draw();
  }

  function begin(): void {
    watched?.close();
    ended.value = undefined;
    watched = options.live.watch(id, {
      onChange(view, items) {
        for (const { snapshot, event } of items) {
          if (event) {
            known = applyFacts(known, event);
            if (event.type === "done" && event.reason === "error" && event.turnId !== undefined)
              void readError(event.turnId).catch(() => undefined);
          } else {
            older.value = [];
            hasOlder.value = snapshot.hasMore;
            void readEnds(view).catch(() => undefined);
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
