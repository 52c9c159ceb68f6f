/** How the connection stands, in a person's words. Pure. */
import type { LiveState } from "@dispatch/client";
import { secondsUntil } from "../text/format.ts";

export interface ConnectionText {
  readonly tone: "good" | "busy" | "bad";
  readonly text: string;
  /** A try can be asked for now. */
  readonly canRetry: boolean;
}

/** `hasBeenOpen`: a first connection is made, a later one is made again. */
export function connectionText(state: LiveState, hasBeenOpen: boolean, now: number): ConnectionText {
  switch (state.kind) {
    case "open":
      return { tone: "good", text: "connected", canRetry: false };
    case "connecting":
      return { tone: "busy", text: hasBeenOpen ? "reconnecting…" : "connecting…", canRetry: false };
    case "waiting": {
      const seconds = secondsUntil(state.nextTryAt, now);
      const what = state.error.code === "unreachable" ? "server gone" : "connection lost";
      return { tone: "bad", text: `${what}, reconnecting in ${seconds} s`, canRetry: true };
    }
    case "refused":
      return { tone: "bad", text: "logged out", canRetry: false };
    case "closed":
      return { tone: "bad", text: "not connected", canRetry: false };
  }
}
