/**
 * Stray faults: what an extension's code does wrong where nobody called it, a throw in its own timer, a promise it
 * forgot. They are known by the asynchronous context they began in, and by the files on their stack.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { messageOf } from "../start-error.ts";
import { culpritOnStack, framesOf, type Place } from "./places.ts";

export type ReportFault = (extensionId: string, where: string, error: unknown) => void;

export interface Strays {
  /** Runs code of an extension: what it leaves behind is known as its own. The id is read when something goes wrong. */
  run<T>(owner: { readonly id: string }, code: () => T): T;
  /** Tells where the code of an extension lies; the same first file again replaces what was told of it. */
  learn(place: Place): void;
  /** Counts a fault; kept until there is somebody to count. */
  report: ReportFault;
  /** Who counts, from now on. */
  deliverTo(report: ReportFault): void;
  /** True when an extension was found to blame, and was. */
  blame(error: unknown, kind: "exception" | "rejection"): boolean;
}

const advice: Readonly<Record<"exception" | "rejection", string>> = {
  exception:
    "catch it, or use host.timers and the other verbs of the host, which keep a throw from getting that far",
  rejection: "await that promise, or give it a catch",
};

/** `own`: folder of the program's own code, with a separator at its end. */
export function createStrays(own: string): Strays {
  const context = new AsyncLocalStorage<{ readonly id: string }>();
  const places: Place[] = [];
  const waiting: Parameters<ReportFault>[] = [];
  let deliver: ReportFault | undefined;

  const report: ReportFault = (...fault) => {
    if (deliver) deliver(...fault);
    else waiting.push(fault);
  };

  return {
    run: (owner, code) => context.run(owner, code),
    learn(place) {
      const known = places.findIndex(({ files }) => files[0] === place.files[0]);
      places.splice(known === -1 ? places.length : known, 1, place);
    },
    report,
    deliverTo(sink) {
      deliver = sink;
      for (const fault of waiting.splice(0)) sink(...fault);
    },
    blame(error, kind) {
      const frames = framesOf(error);
      const inside = context.getStore()?.id;
      const found = culpritOnStack(frames, places, own);
      // An exception out of the program's own code, in work that an extension began, is still the program's.
      const isOurs = kind === "exception" && frames.some(({ file }) => file.startsWith(own));
      const id = found?.id ?? (isOurs ? undefined : inside);
      if (id === undefined) return false;
      const at = found?.position === undefined ? "" : ` at ${found.position}`;
      const sentence = `${error === undefined ? "nothing was thrown with it" : messageOf(error)}${at}; ${advice[kind]}`;
      const fault = new Error(sentence, { cause: error });
      fault.stack = error instanceof Error ? (error.stack ?? sentence) : sentence; // its own, not the way to here
      report(id, kind === "exception" ? "uncaught exception" : "unhandled rejection", fault);
      return true;
    },
  };
}
