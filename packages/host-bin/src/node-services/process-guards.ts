/**
 * What nobody caught: the fault of an extension when it is one's, else logged. After an exception that is nobody's the
 * process stops as gently as it still can, then exits with 1.
 */
import { messageOf } from "../start-error.ts";

export interface GuardOptions {
  readonly log: (level: "error", message: string, fields: Record<string, unknown>) => void;
  /** True: it was an extension's, and is counted as its fault; the process goes on. */
  readonly blame?: (error: unknown, kind: "exception" | "rejection") => boolean;
  /** The graceful stop. */
  readonly stop: () => Promise<void>;
  /** Time it gets, in ms: 3,000. */
  readonly deadlineMs?: number;
  /** Default: Node's process. */
  readonly target?: Pick<NodeJS.Process, "on" | "off" | "exit">;
}

/** Returns what takes the guards off again. */
export function installProcessGuards({
  log,
  blame,
  stop,
  deadlineMs = 3_000,
  target = process,
}: GuardOptions): () => void {
  let ending = false;
  const fields = (error: unknown) => ({
    error: messageOf(error),
    stack: error instanceof Error ? error.stack : undefined,
  });

  function onRejection(reason: unknown): void {
    if (blame?.(reason, "rejection")) return;
    log("error", "a promise was rejected and nobody noticed", fields(reason));
  }

  function onException(error: unknown): void {
    if (blame?.(error, "exception")) return;
    log("error", "an exception reached the top; the server stops", fields(error));
    if (ending) return;
    ending = true;
    const timer = setTimeout(() => target.exit(1), deadlineMs);
    stop()
      .catch((cause: unknown) => log("error", "the stop failed too", fields(cause)))
      .finally(() => {
        clearTimeout(timer);
        target.exit(1);
      });
  }

  target.on("unhandledRejection", onRejection);
  target.on("uncaughtException", onException);
  return () => {
    target.off("unhandledRejection", onRejection);
    target.off("uncaughtException", onException);
  };
}
