/** The policy of the queue, pure: what may wait, what goes into a running turn, what opens the next one. */
import type { Inbox } from "@dispatch/session-orchestrator/ports";
import type { QueueItem } from "@dispatch/wire";
import type { QueueSettings } from "./manifest.ts";

export function createPolicy({ capacity, maxLength, interruptMs }: QueueSettings): Inbox {
  return {
    refusal(queue, item) {
      if (queue.length >= capacity)
        return `${queue.length} messages wait, and no more than ${capacity} may. This one was not taken.`;
      const length = queue.reduce((sum, { text }) => sum + text.length, item.text.length);
      // One always fits: what may be sent may also wait.
      if (queue.length > 0 && length > maxLength)
        return `what waits would be ${length} characters long, and no more than ${maxLength} may be. This one was not taken.`;
      return undefined;
    },
    steering: (queue) => queue.filter(({ deliver }) => deliver === "steer"),
    next(queue) {
      const first = (deliver: QueueItem["deliver"]) => queue.filter((item) => item.deliver === deliver);
      const interrupts = first("interrupt");
      if (interrupts.length > 0) return interrupts;
      // What was meant for the running turn goes together, before what was meant to come afterwards.
      const steers = first("steer");
      return steers.length > 0 ? steers : queue.slice(0, 1);
    },
    interruptMs,
  };
}
