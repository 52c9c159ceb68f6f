/** Which call of a step runs when: in call order, as many at once as the policy allows, exclusive tools alone. */
import type { DispatchPolicy } from "../contracts/turn.ts";
import type { Stop } from "./stop.ts";

export interface Dispatcher<C> {
  /** Takes the next call. Starts it now if the policy is eager and there is room. */
  add(call: C): void;
  /** The answer is complete: calls may start whatever the policy. */
  release(): void;
  /** Resolves when every call added has been answered. */
  idle(): Promise<void>;
}

export interface DispatcherOptions<C> {
  readonly policy: DispatchPolicy;
  readonly stop: Stop;
  isExclusive(call: C): boolean;
  /** Runs and answers a call; must not reject. After a stop it is called for all that wait, to answer them at once. */
  run(call: C): Promise<void>;
}

export function createDispatcher<C>({ policy, stop, isExclusive, run }: DispatcherOptions<C>): Dispatcher<C> {
  const queue: C[] = [];
  const waiting: (() => void)[] = [];
  let running = 0;
  let exclusive = false;
  let released = false;

  function mayStart(call: C): boolean {
    if (stop.cause !== undefined) return true;
    if (exclusive || !(released || policy.eager)) return false;
    if (isExclusive(call)) return released && running === 0;
    return policy.maxConcurrent <= 0 || running < policy.maxConcurrent;
  }

  function pump(): void {
    for (let next = queue[0]; next !== undefined && mayStart(next); next = queue[0]) {
      queue.shift();
      void start(next);
    }
    if (running > 0 || queue.length > 0) return;
    off();
    for (const resolve of waiting.splice(0)) resolve();
  }

  async function start(call: C): Promise<void> {
    const alone = isExclusive(call);
    running++;
    if (alone) exclusive = true;
    await run(call);
    running--;
    if (alone) exclusive = false;
    pump();
  }

  const off = stop.onStop(pump);
  return {
    add(call) {
      queue.push(call);
      pump();
    },
    release() {
      released = true;
      pump();
    },
    idle: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        pump();
      }),
  };
}
