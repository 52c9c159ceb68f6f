/** Lets calls pass while the store is open, holds them while it is reopened, and waits for them before it closes. */
export interface Gate {
  /** Runs `work` as one of the calls under way. */
  pass<T>(work: () => Promise<T>): Promise<T>;
  /** Waits for the calls under way, then runs `work` with new ones held back. Never call it from within a call. */
  alone(work: () => Promise<void>): Promise<void>;
  /** As `alone`, and refuses every later call with what `refuse` makes. */
  shut(work: () => Promise<void>, refuse: () => Error): Promise<void>;
}

export function createGate(): Gate {
  let underWay = 0;
  let idle: (() => void) | undefined;
  let held: Promise<void> | undefined;
  let refuse: (() => Error) | undefined;

  async function pass<T>(work: () => Promise<T>): Promise<T> {
    while (held !== undefined) await held;
    if (refuse) throw refuse();
    underWay += 1;
    try {
      return await work();
    } finally {
      underWay -= 1;
      if (underWay === 0) idle?.();
    }
  }

  async function alone(work: () => Promise<void>): Promise<void> {
    while (held !== undefined) await held;
    if (refuse) throw refuse();
    let open = (): void => {};
    held = new Promise((resolve) => {
      open = resolve;
    });
    try {
      if (underWay > 0) {
        await new Promise<void>((resolve) => {
          idle = resolve;
        });
      }
      await work();
    } finally {
      idle = undefined;
      held = undefined;
      open();
    }
  }

  let shutting: Promise<void> | undefined;
  return {
    pass,
    alone,
    shut(work, why) {
      shutting ??= alone(() => {
        refuse = why;
        return work();
      });
      return shutting;
    },
  };
}
