/** Upgrades to other protocols on the same port, behind the same gate. */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { Dispose } from "@dispatch/kernel";
import { type DispatchError, dispatchError, isDispatchError } from "@dispatch/wire";
import { unauthorized } from "./gate/credentials.ts";
import { type Gate, judge } from "./gate/gate.ts";
import type { Caller, UpgradeHandler } from "./ports.ts";
import { refuseSocket } from "./raw-answer.ts";

/**
 * The function that adds a handler. While there is none, Node serves upgrade requests as plain ones, as HTTP allows.
 * `gate` is asked at each upgrade: an error when nobody may pass.
 */
export function createUpgrades(
  server: Server,
  gate: () => Gate | DispatchError,
): (path: string, handler: UpgradeHandler) => Dispose {
  const handlers = new Map<string, UpgradeHandler>();

  /** The handler and its caller, or what to refuse with. */
  function admit(request: IncomingMessage): DispatchError | { handler: UpgradeHandler; caller: Caller } {
    const open = gate();
    if (isDispatchError(open)) return open;
    const verdict = judge(request, open, "upgrade");
    if (!verdict.ok) return verdict.error;
    if (!verdict.caller) return unauthorized();
    if (request.headers.upgrade?.toLowerCase() !== "websocket") {
      return dispatchError("bad-request", "Only upgrades to `websocket` are served.");
    }
    const handler = handlers.get((request.url ?? "").split("?", 1)[0] ?? "");
    if (!handler) return dispatchError("not-found", "There is nothing to upgrade to at this address.");
    return { handler, caller: verdict.caller };
  }

  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const onReset = () => socket.destroy(); // while nobody else owns the socket
    socket.on("error", onReset);
    const admitted = admit(request);
    if (isDispatchError(admitted)) {
      refuseSocket(socket, admitted);
      return;
    }
    socket.off("error", onReset);
    admitted.handler(request, socket, head, admitted.caller);
  }

  return (path, handler) => {
    if (handlers.has(path)) throw new Error(`upgrades to ${path} are taken`);
    if (handlers.size === 0) server.on("upgrade", onUpgrade);
    handlers.set(path, handler);
    return () => {
      if (handlers.get(path) !== handler) return;
      handlers.delete(path);
      if (handlers.size === 0) server.off("upgrade", onUpgrade);
    };
  };
}
