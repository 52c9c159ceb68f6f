/** A link over a WebSocket. It notices a connection that is dead though nobody closed it, which browsers do not. */
import { clientError } from "../../client-error.ts";
import type { Clock, Frame, Link, LinkEvents } from "./link.ts";
import type { SocketLike, WebSocketConstructor } from "./socket.ts";

export interface WsLinkOptions {
  /** Origin of the server. */
  readonly url: string;
  readonly token: string | undefined;
  readonly WebSocket: WebSocketConstructor;
  readonly clock: Clock;
  /** How long the upgrade and the `hello` may take, in ms. */
  readonly openMs: number;
  /** Silence after which a `ping` is sent, in ms. */
  readonly pingMs: number;
  /** How long any frame may take to come after that `ping`, in ms. */
  readonly pongMs: number;
}

const protocolVersion = 1;
const abnormal = 1006;
const goodbyeMs = 1_000;
const defaultFrameBytes = 1_048_576;

export function openWsLink(options: WsLinkOptions, on: LinkEvents): Link {
  const { clock, pingMs, pongMs } = options;
  let isOver = false;
  let isOpen = false;
  let heardAt = clock.now();
  let pingedAt: number | undefined;
  let pings = 0;
  let undo = clock.after(options.openMs, () => die("The server did not answer the upgrade in time."));
  let socket: SocketLike | undefined;

  function end(code: number, message: string): void {
    if (isOver) return;
    isOver = true;
    undo();
    on.ended({ code, error: clientError("stream-ended", message) });
  }

  function die(message: string): void {
    if (isOver) return;
    if (socket?.terminate) socket.terminate();
    else socket?.close();
    end(abnormal, message);
  }

  /**
   * A ping unanswered for `pongMs` is what counts, not the silence alone: timers of a page in the background run late, and
   * then a silence was only a server that had nothing to say.
   */
  function beat(): void {
    const now = clock.now();
    if (pingedAt !== undefined && now - pingedAt >= pongMs) {
      die("Nothing came from the server any more.");
      return;
    }
    if (pingedAt === undefined && now - heardAt >= pingMs) {
      pingedAt = now;
      pings += 1;
      write({ type: "ping", id: `ping-${pings}` });
    }
    const waitMs = pingedAt === undefined ? heardAt + pingMs - now : pingedAt + pongMs - now;
    undo = clock.after(Math.max(1, waitMs), beat);
  }

  function write(frame: Frame): void {
    try {
      socket?.send(JSON.stringify(frame));
    } catch {
      die("The socket took no frame."); // closing already; its close event may come late or never
    }
  }

  function greet(frame: Frame): void {
    const { protocol, limits } = frame as {
      protocol?: { min?: number; max?: number };
      limits?: { frameBytes?: number };
    };
    const { min = protocolVersion, max = protocolVersion } = protocol ?? {};
    if (min > protocolVersion || max < protocolVersion) {
      die(
        `The server speaks versions ${min} to ${max} of the protocol; this client speaks ${protocolVersion}.`,
      );
      return;
    }
    isOpen = true;
    undo();
    undo = clock.after(pingMs, beat);
    on.opened({ frameBytes: limits?.frameBytes ?? defaultFrameBytes });
  }

  function take({ data }: { readonly data?: unknown }): void {
    if (isOver) return;
    heardAt = clock.now();
    pingedAt = undefined;
    const frame = readFrame(data);
    if (!frame) return; // not of this protocol: nothing that we could lose by it
    try {
      if (isOpen) on.frame(frame);
      else if (frame.type === "hello") greet(frame);
    } catch (error) {
      // Not a frame that a server of this protocol sends: nothing behind it can be trusted to fit.
      die(`The server sent a ${frame.type.slice(0, 64)} that is none: ${String(error)}`);
    }
  }

  try {
    const protocols = ["dispatch.v1"];
    if (options.token !== undefined) protocols.push(`dispatch.token.${options.token}`);
    socket = new options.WebSocket(addressOf(options.url), protocols);
    socket.addEventListener("message", take);
    socket.addEventListener("error", () => undefined); // its close follows
    socket.addEventListener("close", ({ code = abnormal }) => {
      undo();
      end(code, `The connection was closed (${code}).`);
    });
  } catch (error) {
    // A page under https may open no ws:, and a token may have characters which a header cannot.
    clock.after(0, () => end(abnormal, error instanceof Error ? error.message : "No socket could be made."));
  }

  return {
    transport: "ws",
    send: write,
    close() {
      if (isOver) return;
      isOver = true;
      undo();
      socket?.close(1000);
      // A server that hangs must not keep a program from ending: `ws` would wait for half a minute.
      if (socket?.terminate) undo = clock.after(goodbyeMs, () => socket?.terminate?.());
    },
  };
}

function addressOf(url: string): string {
  const address = new URL("/ws", url);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return address.href;
}

function readFrame(data: unknown): Frame | undefined {
  if (typeof data !== "string") return undefined;
  try {
    const frame: unknown = JSON.parse(data);
    return typeof frame === "object" && frame !== null && "type" in frame && typeof frame.type === "string"
      ? (frame as Frame)
      : undefined;
  } catch {
    return undefined;
  }
}
