/** Viewers behind a bad network: strangers who know the contract only, and the client library, over both transports. */
import { createLive, type WebSocketConstructor } from "@dispatch/client";
import type { DispatchEvent, Snapshot } from "@dispatch/wire";
import { WebSocket } from "ws";
import { apiOf, sse } from "../api.ts";
import type { Dice } from "./dice.ts";
import { pause } from "./patience.ts";
import { createWatching, type Watching } from "./watching.ts";

export const viewerKinds = ["raw ws", "raw sse", "library ws", "library sse"] as const;
export type ViewerKind = (typeof viewerKinds)[number];

export interface Place {
  /** Of the proxy. */
  readonly url: string;
  readonly token: string;
  readonly conversationId: string;
}

/** One visit: follows from where `watching` stands until it is left, through whatever cuts it. */
export interface Visit {
  /** What it must never see; the visit is over then. */
  readonly fault: Error | undefined;
  leave(): Promise<void>;
}

type Visiting = (place: Place, watching: Watching, dice: Dice) => Visit;

/** Connects again and again until it is left. `once` resolves when the connection is lost; a fault is thrown as `Fault`. */
function visiting(dice: Dice, once: (signal: AbortSignal) => Promise<void>): Visit {
  const leaving = new AbortController();
  let fault: Error | undefined;
  const over = (async () => {
    while (!leaving.signal.aborted && !fault) {
      await once(leaving.signal).catch((error: unknown) => {
        if (error instanceof Misfit) fault = error.cause as Error;
      });
      const rest = 30 + dice.roll(170);
      if (!leaving.signal.aborted) await pause(rest);
    }
  })();
  return {
    get fault() {
      return fault;
    },
    leave() {
      leaving.abort();
      return over;
    },
  };
}

/** What came does not fit what was held; as opposed to a lost connection. */
class Misfit extends Error {}

function checked(run: () => void): void {
  try {
    run();
  } catch (error) {
    throw new Misfit("does not fit", { cause: error });
  }
}

const rawSocket: Visiting = ({ url, token, conversationId }, watching, dice) =>
  visiting(
    dice,
    (signal) =>
      new Promise<void>((resolve, reject) => {
        const ws = new WebSocket(`${url.replace("http", "ws")}/ws`, [
          "dispatch.v1",
          `dispatch.token.${token}`,
        ]);
        const leave = () => ws.terminate();
        signal.addEventListener("abort", leave, { once: true });
        ws.on("error", () => undefined);
        ws.on("close", () => {
          signal.removeEventListener("abort", leave);
          resolve();
        });
        ws.on("open", () => {
          const after = watching.cursor;
          ws.send(JSON.stringify({ type: "chat.subscribe", id: "s", conversationId, after }));
        });
        ws.on("message", (data) => {
          try {
            checked(() => takeFrame(JSON.parse(String(data)), watching));
          } catch (error) {
            reject(error);
            ws.terminate();
          }
        });
      }),
  );

interface AnyFrame {
  readonly type: string;
  readonly mode?: string;
  readonly cursor: string;
  readonly snapshot: Snapshot;
  readonly events: readonly DispatchEvent[];
  readonly error?: { readonly status: number };
}

function takeFrame(frame: AnyFrame, watching: Watching): void {
  if (frame.type === "error" && (frame.error?.status ?? 0) < 500)
    throw new Error(`refused: ${JSON.stringify(frame)}`);
  if (frame.type === "chat.subscribed" && frame.mode === "snapshot")
    watching.snapshot(frame.snapshot, frame.cursor);
  if (frame.type !== "chat.delta") return;
  for (const event of frame.events) watching.event(event, undefined);
  watching.moveTo(frame.cursor);
}

const rawEvents: Visiting = ({ url, token, conversationId }, watching, dice) =>
  visiting(dice, async (signal) => {
    const { cursor } = watching;
    const inQuery = dice.chance(50);
    const path = `/conversations/${conversationId}/events`;
    const response = await apiOf({ url, token }).request(
      "GET",
      cursor !== undefined && inQuery ? `${path}?after=${encodeURIComponent(cursor)}` : path,
      undefined,
      cursor !== undefined && !inQuery ? { "last-event-id": cursor } : {},
      signal,
    );
    if (response.status !== 200) {
      // 408: the request was cut on its way.
      if (response.status < 500 && response.status !== 408) checked(() => refuse(response.status));
      return;
    }
    for await (const { id, event, data } of sse(response))
      checked(() => {
        if (event === "snapshot") watching.snapshot(data as Snapshot, id);
        else watching.event(data as DispatchEvent, id);
      });
  });

function refuse(status: number): never {
  throw new Error(`refused with ${status}`);
}

const library =
  (Socket: WebSocketConstructor | null): Visiting =>
  ({ url, token, conversationId }, watching) => {
    let fault: Error | undefined;
    const live = createLive({
      url,
      token,
      WebSocket: Socket,
      firstMs: 60,
      maxMs: 300,
      pollMs: 100,
      openMs: 2_000,
    });
    live.follow(conversationId, {
      ...(watching.cursor === undefined ? {} : { after: watching.cursor }),
      onItems(items) {
        try {
          for (const { snapshot, event, cursor } of items)
            if (snapshot) watching.snapshot(snapshot, cursor);
            else watching.event(event, cursor);
        } catch (error) {
          fault ??= error as Error;
        }
      },
      onEnd(error) {
        if (error.code !== "closed") fault ??= new Error(`ended: ${error.code} ${error.message}`);
      },
    });
    return {
      get fault() {
        return fault;
      },
      async leave() {
        live.close();
      },
    };
  };

const visits: Readonly<Record<ViewerKind, Visiting>> = {
  "raw ws": rawSocket,
  "raw sse": rawEvents,
  "library ws": library(WebSocket as unknown as WebSocketConstructor),
  "library sse": library(null),
};

export interface Viewer {
  /** With the kind that it is just now. */
  readonly name: string;
  readonly watching: Watching;
  readonly fault: Error | undefined;
  /** Leaves for good. */
  leave(): Promise<void>;
  /** Stays where it is from now on, through cuts. */
  settle(): void;
}

/** Somebody who joins at some time, leaves, comes back with the cursor or without, and stays in the end. */
export function startViewer(place: Place, name: string, dice: Dice): Viewer {
  const watching = createWatching();
  let fault: Error | undefined;
  let settled = false;
  let gone = false;
  let wake = (): void => undefined;
  const nap = (ms: number) =>
    new Promise<void>((go) => {
      const timer = setTimeout(go, ms);
      wake = () => {
        clearTimeout(timer);
        go();
      };
    });
  let visit: Visit | undefined;
  let kind: ViewerKind | undefined;
  const done = (async () => {
    await nap(dice.roll(400));
    while (!gone) {
      const begin = dice.roll(100);
      if (begin < 15) watching.forget();
      else if (begin < 30 || (watching.cursor === undefined && begin < 60)) watching.fromStart();
      kind = dice.pick(viewerKinds);
      visit = visits[kind](place, watching, dice.fork());
      do await nap(settled ? 60_000 : 30 + dice.roll(500));
      while (settled && !gone);
      await visit.leave();
      fault ??= visit.fault;
      if (fault) return;
      const away = dice.roll(150);
      if (!gone) await nap(away);
    }
  })();
  return {
    get name() {
      return `${name} (${kind})`;
    },
    watching,
    get fault() {
      return fault ?? visit?.fault;
    },
    settle() {
      settled = true;
      wake();
    },
    async leave() {
      gone = true;
      wake();
      await done;
    },
  };
}
