/** The surface `queue`: what waits in a conversation, with a way to take it back, for any client that draws surfaces. */
import type { Dispose } from "@dispatch/kernel";
import type { Queues } from "@dispatch/session-orchestrator/ports";
import type { SurfaceDefinition, SurfacePart, SurfaceTarget } from "@dispatch/surfaces/ports";
import { dispatchError } from "@dispatch/wire";

export interface QueueSurface {
  readonly definition: SurfaceDefinition;
  /** The queue of this conversation changed. */
  changed(conversationId: string): void;
}

/** Text shown per row, UTF-16 code units: a surface is small. */
const shown = 300;

export function createSurface(queues: Queues): QueueSurface {
  const watchers = new Map<string, Set<() => void>>();

  function watch(target: SurfaceTarget, changed: () => void): Dispose {
    const id = conversationOf(target);
    const all = watchers.get(id) ?? new Set();
    watchers.set(id, all);
    // An own function, so that the same one given twice is undone once.
    const watcher = () => changed();
    all.add(watcher);
    return () => {
      all.delete(watcher);
      if (all.size === 0 && watchers.get(id) === all) watchers.delete(id);
    };
  }

  async function read(target: SurfaceTarget): Promise<{ parts: SurfacePart[] }> {
    const { queue, held } = await queues.list(conversationOf(target));
    const parts: SurfacePart[] = [
      { kind: "stat", id: "state", label: "State", value: held ? "held" : "open" },
      {
        kind: "table",
        id: "items",
        label: "Waiting",
        columns: [
          { id: "deliver", label: "As" },
          { id: "text", label: "Message" },
        ],
        rows: queue.map(({ messageId, deliver, text }) => ({
          id: messageId,
          cells: { deliver, text: text.length > shown ? `${text.slice(0, shown)}…` : text },
          actions: [{ action: "cancel", label: "Take back" }],
        })),
      },
    ];
    if (held) parts.push({ kind: "button", id: "resume", label: "Go on", action: "resume" });
    if (queue.length > 0)
      parts.push({ kind: "button", id: "clear", label: "Take all back", action: "clear", danger: true });
    return { parts };
  }

  return {
    definition: {
      title: "Queue",
      scope: "conversation",
      read,
      watch,
      actions: {
        cancel: {
          scope: "write",
          async run(target, value, call) {
            if (typeof value !== "string")
              throw dispatchError("bad-request", "Which message? Its id is missing.");
            await queues.cancel(conversationOf(target), value, call);
          },
        },
        clear: {
          scope: "write",
          async run(target, _value, call) {
            await queues.clear(conversationOf(target), call);
          },
        },
        resume: {
          scope: "write",
          async run(target, _value, call) {
            await queues.resume(conversationOf(target), call);
          },
        },
      },
    },
    changed(conversationId) {
      for (const watcher of watchers.get(conversationId) ?? []) watcher();
    },
  };
}

function conversationOf(target: SurfaceTarget): string {
  if (target === undefined) throw dispatchError("bad-request", "A queue belongs to a conversation: name it.");
  return target;
}
