/**
 * Viewers that watch through all crashes, over SSE and over WebSocket, as strangers would write them from the contract: each
 * folds what it gets and comes back with its cursor, or begins with a snapshot each time, as a page that is loaded anew. And
 * those who come back late, with a cursor from before a crash.
 */
import {
  applyEvent,
  createView,
  type DispatchEvent,
  decodeCursor,
  isDelta,
  type Snapshot,
  type View,
} from "@dispatch/wire";
import { WebSocket } from "ws";
import type { Held } from "./evidence.ts";
import type { Server } from "./stage.ts";

/** One who follows one conversation. */
export interface Follower {
  readonly who: string;
  readonly conversationId: string;
  view: View;
  cursor: string | undefined;
  readonly shown: Held["shown"][number][];
  readonly faults: string[];
}

export interface Viewers {
  moveTo(server: Server | undefined): void;
  /** Copies of what everybody holds now, to come back with later. */
  sample(label: string): Follower[];
  /** Everybody as they stand. */
  readonly followers: readonly Follower[];
  readonly counts: { replays: number; snapshots: number };
  close(): void;
}

export const followerOf = (who: string, conversationId: string): Follower => ({
  who,
  conversationId,
  view: createView({ seq: 0 }),
  cursor: "0",
  shown: [],
  faults: [],
});

export const heldBy = ({ who, conversationId, view, shown, faults }: Follower): Held => ({
  who,
  conversationId,
  seq: view.seq,
  messages: view.messages,
  shown,
  faults,
});

function take(follower: Follower, event: DispatchEvent, cursor: string): void {
  if (applyEvent(follower.view, event) === "gap")
    follower.faults.push(`a gap at ${JSON.stringify(event).slice(0, 200)}, holding ${follower.view.seq}`);
  follower.cursor = cursor;
  if (!isDelta(event)) follower.shown.push({ seq: event.seq, ts: event.ts, type: event.type });
}

function restart(follower: Follower, snapshot: Snapshot, cursor: string): void {
  follower.view = createView({ snapshot });
  follower.cursor = cursor;
}

/** Follows over SSE until the stream ends, `enough` says so, or the signal aborts. */
export async function followSse(
  server: Server,
  follower: Follower,
  signal: AbortSignal,
  enough: () => boolean = () => false,
  seen: (event: DispatchEvent) => void = () => undefined,
): Promise<"ended" | "missing"> {
  const after = follower.cursor === undefined ? "" : `?after=${encodeURIComponent(follower.cursor)}`;
  const response = await fetch(`${server.url}/conversations/${follower.conversationId}/events${after}`, {
    headers: { authorization: `Bearer ${server.token}`, accept: "text/event-stream" },
    signal,
  });
  if (response.status === 404 || response.status === 503) return "missing"; // not there yet, or it is stopping
  if (response.status !== 200 || !response.body) {
    follower.faults.push(`the cursor ${follower.cursor} was answered ${response.status}`);
    return "missing";
  }
  let fields: Record<string, string> = {};
  let rest = "";
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line !== "") {
        const colon = line.indexOf(":");
        fields[line.slice(0, colon)] = line.slice(colon + 1).replace(/^ /, "");
        continue;
      }
      const { id = "", event, data } = fields;
      fields = {};
      if (data === undefined) continue;
      if (event === "snapshot") restart(follower, JSON.parse(data) as Snapshot, id);
      else if (event !== "conversation.deleted") {
        const shown = JSON.parse(data) as DispatchEvent;
        take(follower, shown, id);
        seen(shown);
      }
      if (enough()) return "ended";
    }
  }
  return "ended";
}

export function createViewers(ids: readonly string[]): Viewers {
  const overSse = ids.map((id) => followerOf("an SSE viewer", id));
  const overWs = new Map(ids.map((id) => [id, followerOf("a WebSocket viewer", id)]));
  const reloaded = new Map(ids.map((id) => [id, followerOf("a page that is loaded anew", id)]));
  const followers = [...overSse, ...overWs.values(), ...reloaded.values()];
  const counts = { replays: 0, snapshots: 0 };
  let life = new AbortController();

  async function keepFollowing(server: Server, follower: Follower, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const how = await followSse(server, follower, signal).catch(() => "ended"); // cut: that is what this is about
      if (how === "ended" && !signal.aborted) await pause(5);
      if (how === "missing") await pause(40);
    }
  }

  /** `anew`: nobody says where they were, as after a reload; all else come back with their cursors. */
  function connect(
    server: Server,
    signal: AbortSignal,
    mine: ReadonlyMap<string, Follower>,
    anew: boolean,
  ): void {
    const ws = new WebSocket(
      `${server.url.replace(/^http/, "ws")}/ws`,
      ["dispatch.v1", `dispatch.token.${server.token}`],
      { origin: server.url },
    );
    signal.addEventListener("abort", () => ws.terminate());
    ws.on("error", () => undefined);
    const subscribe = (conversationId: string): void => {
      const after = anew ? undefined : mine.get(conversationId)?.cursor;
      if (ws.readyState === WebSocket.OPEN)
        ws.send(
          JSON.stringify({
            type: "chat.subscribe",
            id: conversationId,
            conversationId,
            ...(after === undefined ? {} : { after }),
          }),
        );
    };
    ws.on("open", () => ids.forEach(subscribe));
    ws.on("message", (data) => {
      const frame = JSON.parse(String(data)) as {
        type: string;
        id?: string;
        conversationId?: string;
        cursor: string;
        mode?: string;
        snapshot?: Snapshot;
        events?: DispatchEvent[];
      };
      if (frame.type === "error" && frame.id) setTimeout(subscribe, 40, frame.id);
      const follower = mine.get(frame.conversationId ?? "");
      if (!follower) return;
      if (frame.type === "chat.subscribed") {
        if (frame.snapshot) restart(follower, frame.snapshot, frame.cursor);
        else if ((decodeCursor(frame.cursor)?.seq ?? follower.view.seq) !== follower.view.seq)
          follower.faults.push(`a replay from ${frame.cursor}, holding ${follower.view.seq}`);
        counts[frame.snapshot ? "snapshots" : "replays"]++;
      } else if (frame.type === "chat.delta")
        for (const event of frame.events ?? []) take(follower, event, frame.cursor);
    });
  }

  return {
    followers,
    counts,
    moveTo(server) {
      life.abort();
      life = new AbortController();
      if (!server) return;
      for (const follower of overSse) void keepFollowing(server, follower, life.signal);
      connect(server, life.signal, overWs, false);
      connect(server, life.signal, reloaded, true);
    },
    sample: (label) =>
      followers
        .filter(({ cursor, view }) => cursor !== undefined && view.seq > 0)
        .map(({ who, conversationId, view, cursor }) => ({
          who: `${who} back with a cursor of ${label}`,
          conversationId,
          view: structuredClone(view),
          cursor,
          shown: [],
          faults: [],
        })),
    close: () => life.abort(),
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
