/** Writes one after another; those that are asked for while one is under way go together in the next. */
import type { Operation } from "./database.ts";

interface Group {
  readonly operations: Operation[];
  readonly done: Promise<void>;
}

/** @param write Called for one group at a time; the array is its own. */
export function createGroupCommit(
  write: (operations: Operation[]) => Promise<void>,
): (operations: readonly Operation[]) => Promise<void> {
  let next: Group | undefined;
  let last: Promise<unknown> = Promise.resolve();

  function begin(): Group {
    const operations: Operation[] = [];
    const start = (): Promise<void> => {
      next = undefined;
      return write(operations);
    };
    const done = last.then(start, start);
    last = done;
    return { operations, done };
  }

  return (operations) => {
    next ??= begin();
    for (const operation of operations) next.operations.push(operation);
    return next.done;
  };
}
