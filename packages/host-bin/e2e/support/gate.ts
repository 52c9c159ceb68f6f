/** Something that a test lets happen when it is ready, however long that takes: replies that end at the right moment, for one. */

export interface Gate {
  /** Resolves once it is open; it stays open. */
  readonly opened: Promise<void>;
  readonly open: () => void;
}

export function createGate(): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
