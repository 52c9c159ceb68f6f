/** What a running tool shows to viewers: deltas of a block named after the call, up to a limit. */
import type { TurnDelta } from "../contracts/turn.ts";
import { cutBefore, endsHigh } from "./surrogates.ts";

export interface LiveOutput {
  write(text: string): void;
  /** The call is answered: what comes later is ignored. */
  close(): void;
}

export interface LiveOutputOptions {
  readonly callId: string;
  readonly stepId: string;
  /** UTF-16 code units. */
  readonly limit: number;
  delta(delta: TurnDelta): void;
  /** Called for what comes behind the limit. */
  progress?: (() => void) | undefined;
}

export function createLiveOutput({ callId, stepId, limit, delta, progress }: LiveOutputOptions): LiveOutput {
  let room = limit;
  let held = "";
  let closed = false;
  let full = false;
  const show = (text: string) => {
    if (text !== "") delta({ kind: "tool-output", block: callId, stepId, text });
  };
  return {
    write(text) {
      if (closed || typeof text !== "string" || text === "") return;
      if (full) {
        progress?.();
        return;
      }
      let rest = held + text;
      held = "";
      if (rest.length > room) {
        full = true;
        show(rest.slice(0, cutBefore(rest, room)));
        show(`\n[… live output ends here, after ${limit} characters …]\n`);
        return;
      }
      if (endsHigh(rest)) {
        held = rest.slice(-1);
        rest = rest.slice(0, -1);
      }
      room -= rest.length;
      show(rest);
    },
    close() {
      closed = true;
    },
  };
}
