/** A live connection for one command. Loaded when it is asked for, and `ws` with it: `--help` needs neither. */
import { createLive, type Live } from "@dispatch/client";
import type { FoundServer } from "../ports.ts";

/** A proxy that swallows upgrades must not make a command wait for long. */
const openMs = 5_000;

/** Undefined when no WebSocket can be had at once: what is wrong then, the same server says over HTTP. */
export async function openLive(
  { url, token }: FoundServer,
  { polling }: { polling: boolean },
): Promise<Live | undefined> {
  const { WebSocket } = await import("ws");
  const live = createLive({ url, token, WebSocket, openMs });
  if (polling) return live;
  const state = await new Promise<Live["state"]>((resolve) => {
    const undo = live.onState((next) => {
      if (next.kind === "connecting") return;
      undo();
      resolve(next);
    });
  });
  if (state.kind === "open" && state.transport === "ws") return live;
  live.close();
  return undefined;
}
