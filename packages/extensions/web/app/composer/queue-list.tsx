/** What waits to be delivered to the running turn or after it; each can be taken back. */
import type { LiveView } from "@dispatch/client";
import type { QueueItem } from "@dispatch/wire";
import type { JSX } from "preact";
import { Icon } from "../shell/icon.tsx";
import { useStore } from "../shell/store-context.ts";

export interface QueueListProps {
  readonly conversationId: string;
  readonly live: LiveView;
}

const when: Readonly<Record<QueueItem["deliver"], string>> = {
  steer: "after this step",
  followup: "after this turn",
  interrupt: "next",
};

export function QueueList({ conversationId, live }: QueueListProps): JSX.Element | null {
  const store = useStore();
  if (live.queue.length === 0) return null;
  return (
    <section class="queue" aria-label="Queued messages">
      {live.held && <p class="held">Held: they are sent with your next message.</p>}
      <ul>
        {live.queue.map(({ messageId, text, deliver }) => (
          <li key={messageId}>
            <span class="queue-when">{live.held ? "held" : when[deliver]}</span>
            <span class="queue-text">{text}</span>
            <button
              type="button"
              class="quiet icon-only"
              aria-label="Take it back"
              onClick={() => void store.attempt(() => store.live.cancel(conversationId, messageId))}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
