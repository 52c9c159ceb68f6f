/** The one connection that is kept up: tries, falls back, waits, tries again; says at any time how it stands. */
import { closeCodes } from "@dispatch/wire/shown";
import { type BackoffOptions, createBackoff } from "../backoff.ts";
import { type ClientError, clientError } from "../client-error.ts";
import type { Http } from "../http.ts";
import type { Clock, Frame, Hello, Link, LinkEnd, Transport } from "./links/link.ts";
import { probe } from "./links/probe.ts";
import type { WebSocketConstructor } from "./links/socket.ts";
import { openSseLink } from "./links/sse-link.ts";
import { tryLater } from "./links/try-later.ts";
import { openWsLink, type WsLinkOptions } from "./links/ws-link.ts";
import { createListeners } from "./listeners.ts";

export type LiveState =
  /** Being connected, for the first time or again. */
  | { readonly kind: "connecting" }
  | { readonly kind: "open"; readonly transport: Transport }
  /** The last attempt failed by `error`; the next is at `nextTryAt`, Unix time in ms. */
  | { readonly kind: "waiting"; readonly nextTryAt: number; readonly error: ClientError }
  /** The server does not take this token (any more). No further attempt: begin anew with another token. */
  | { readonly kind: "refused"; readonly error: ClientError }
  | { readonly kind: "closed" };

export interface ConnectionTimes {
  /** How long an attempt may take. Default 10,000 ms. */
  readonly openMs: number;
  /** Silence after which the server is asked for a sign of life. Default 15,000 ms. */
  readonly pingMs: number;
  /** How long that may take before the connection counts as dead. Default 25,000 ms. */
  readonly pongMs: number;
  /** How long a connection must hold before the next pause is a short one again. Default 10,000 ms. */
  readonly stableMs: number;
  /** Without a WebSocket: pause before the next try to get one. Doubles up to ten times that. Default 60,000 ms. */
  readonly upgradeMs: number;
  /** Without a WebSocket: pause between two looks at the list. Default 5,000 ms. */
  readonly pollMs: number;
}

export interface ConnectionOptions extends ConnectionTimes {
  readonly url: string;
  readonly token: string | undefined;
  readonly WebSocket: WsLinkOptions["WebSocket"] | undefined;
  readonly http: Http;
  readonly clock: Clock;
  readonly backoff: BackoffOptions;
}

export interface ConnectionEvents {
  opened(link: Link, hello: Hello): void;
  frame(frame: Frame): void;
  /** An open connection or an attempt failed. */
  lost(): void;
}

export interface Connection {
  readonly state: LiveState;
  onState(listener: (state: LiveState) => void): () => void;
  readonly link: Link | undefined;
  /** Tries at once what would be tried later. */
  retry(): void;
  close(): void;
}

/** A proxy that lets no upgrade through always refuses; a WebSocket that has worked here may only have had bad luck. */
const failuresBeforeFallback = 3;

export function createConnection(options: ConnectionOptions, on: ConnectionEvents): Connection {
  const { clock, http } = options;
  const backoff = createBackoff(options.backoff);
  const listeners = createListeners<LiveState>();
  let state: LiveState = { kind: "connecting" };
  let link: Link | undefined;
  let attempt: { close(): void } | undefined;
  let undoWait = (): void => undefined;
  let undoUpgrade = (): void => undefined;
  let openedAt = 0;
  let slowEnds = 0;
  let hasWs = options.WebSocket !== undefined;
  let wsWorked = false;
  let wsFailures = 0;

  function enter(next: LiveState): void {
    state = next;
    listeners.tell(next);
  }

  function connect(): void {
    undoWait();
    enter({ kind: "connecting" });
    if (options.WebSocket && hasWs) openWs(options.WebSocket);
    else void probed().then((found) => found && openSse());
  }

  function opened(next: Link, hello: Hello): void {
    attempt = undefined;
    link = next;
    openedAt = clock.now();
    on.opened(next, hello);
    enter({ kind: "open", transport: next.transport });
  }

  function openWs(WebSocket: WebSocketConstructor): void {
    let isOpen = false;
    const ws = openWsLink(
      { ...options, WebSocket },
      {
        opened(hello) {
          isOpen = true;
          wsWorked = true;
          wsFailures = 0;
          opened(ws, hello);
        },
        frame: on.frame,
        ended: (end) => (isOpen ? ended(end) : void notUpgraded(end)),
      },
    );
    attempt = ws;
  }

  /** A browser does not say why an upgrade failed: a request over HTTP tells a bad token, an absent server and a proxy apart. */
  async function notUpgraded({ error }: LinkEnd): Promise<void> {
    if (!(await probed())) return;
    wsFailures += 1;
    if (wsWorked && wsFailures < failuresBeforeFallback) return wait(error);
    hasWs = false;
    openSse();
  }

  /** True when the server answers and takes the token; else what follows from it has been done. */
  async function probed(): Promise<boolean> {
    const own = new AbortController();
    const probing = { close: () => own.abort() };
    attempt = probing;
    const error = await probe(http, clock, options.openMs, own);
    if (attempt !== probing) return false;
    if (!error) return true;
    if (error.status === 401 || error.status === 403) refuse(error);
    else wait(error);
    return false;
  }

  function openSse(): void {
    const sse = openSseLink(
      { http, clock, pollMs: options.pollMs, silenceMs: options.pingMs + options.pongMs },
      {
        opened(hello) {
          opened(sse, hello);
          if (options.WebSocket) undoUpgrade = upgradeLater(options.WebSocket);
        },
        frame: on.frame,
        ended,
      },
    );
    attempt = sse;
  }

  function ended({ code, error }: LinkEnd): void {
    if (clock.now() - openedAt >= options.stableMs) {
      backoff.reset();
      slowEnds = 0;
    }
    noUpgrade();
    link = undefined;
    if (code === closeCodes.authRevoked) {
      refuse(
        error.status === 401
          ? error
          : clientError("unauthorized", "The token is not valid any more.", { status: 401 }),
      );
      return;
    }
    // Told to come back: at once, unless that is all that ever happens.
    if (code === closeCodes.slowConsumer && slowEnds === 0) {
      slowEnds += 1;
      on.lost();
      connect();
    } else wait(error);
  }

  function wait(error: ClientError): void {
    attempt = undefined;
    const delayMs = Math.max(backoff.next(), error.details.retryAfterMs ?? 0);
    on.lost();
    undoWait = clock.after(delayMs, connect);
    enter({ kind: "waiting", nextTryAt: clock.now() + delayMs, error });
  }

  function refuse(error: ClientError): void {
    attempt = undefined;
    on.lost();
    enter({ kind: "refused", error });
  }

  function noUpgrade(): void {
    undoUpgrade();
    undoUpgrade = () => undefined;
  }

  /** In the background, while server-sent events do. */
  function upgradeLater(WebSocket: WebSocketConstructor): () => void {
    return tryLater(clock, options.upgradeMs, (failed) => {
      let isOpen = false;
      const ws = openWsLink(
        { ...options, WebSocket },
        {
          opened(hello) {
            isOpen = true;
            hasWs = wsWorked = true;
            wsFailures = 0;
            undoUpgrade = () => undefined;
            link?.close({ gently: true });
            opened(ws, hello);
          },
          frame: on.frame,
          ended: (end) => (isOpen ? ended(end) : failed()),
        },
      );
      return ws;
    });
  }

  connect();
  return {
    get state() {
      return state;
    },
    get link() {
      return link;
    },
    onState: (listener) => listeners.add(listener),
    retry() {
      if (state.kind !== "waiting") return;
      backoff.reset();
      connect();
    },
    close() {
      undoWait();
      noUpgrade();
      attempt?.close();
      attempt = undefined;
      link?.close();
      link = undefined;
      if (state.kind !== "closed") enter({ kind: "closed" });
      listeners.clear();
    },
  };
}
