/** Signals: the first SIGINT or SIGTERM asks for a stop that waits for turns, SIGQUIT for one that does not; a second one ends at once. */

export interface Signals {
  /** The first that came. */
  readonly first: Promise<NodeJS.Signals>;
  /** Aborted by SIGQUIT: whatever the stop still waits for, it waits no more. */
  readonly hurry: AbortSignal;
  off(): void;
}

/** `atOnce` is called before the process ends by a second signal, with exit code 130. */
export function listenForSignals(atOnce: () => void): Signals {
  const hurry = new AbortController();
  let asked = false;
  let ask: (signal: NodeJS.Signals) => void = () => undefined;
  const first = new Promise<NodeJS.Signals>((resolve) => {
    ask = resolve;
  });
  function onSignal(signal: NodeJS.Signals): void {
    // During a drain SIGQUIT only ends the drain.
    const hurries = signal === "SIGQUIT" && !hurry.signal.aborted;
    if (hurries) hurry.abort();
    if (!asked) {
      asked = true;
      ask(signal);
    } else if (!hurries) {
      atOnce();
      process.exit(130);
    }
  }
  const names = ["SIGINT", "SIGTERM", "SIGQUIT"] as const;
  for (const name of names) process.on(name, onSignal);
  return {
    first,
    hurry: hurry.signal,
    off() {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
