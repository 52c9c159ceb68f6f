/** One conversation: what was said, what is happening, and where one writes. */
import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { Composer } from "../composer/composer.tsx";
import { QueueList } from "../composer/queue-list.tsx";
import type { OpenConversation } from "../live/open-conversation.ts";
import { Icon } from "../shell/icon.tsx";
import { useStore } from "../shell/store-context.ts";
import { TimelineList } from "../timeline/timeline-list.tsx";
import { Header } from "./header.tsx";
import { Pending } from "./pending.tsx";
import { RunningLine } from "./running-line.tsx";
import { useScroll } from "./use-scroll.ts";
import { Welcome } from "./welcome.tsx";

export interface ConversationPageProps {
  /** Undefined: a new one. */
  readonly conversation: OpenConversation | undefined;
  readonly onMenu: () => void;
  readonly onPanel: () => void;
}

export function ConversationPage({ conversation, onMenu, onPanel }: ConversationPageProps): JSX.Element {
  const store = useStore();
  const box = useRef<HTMLDivElement>(null);
  const { isAtEnd, toEnd, follow, onScroll } = useScroll(box, () => {
    if (conversation) void store.attempt(() => conversation.loadOlder());
  });
  useSignalEffect(() => {
    conversation?.live.value;
    conversation?.older.value;
    store.outgoing.value;
    follow();
  });
  const live = conversation?.live.value;
  const isMissing =
    conversation?.ended.value !== undefined &&
    !store.outgoing.value.some(({ conversationId }) => conversationId === conversation.id);
  return (
    <main class="conversation">
      <Header conversation={conversation} onMenu={onMenu} onPanel={onPanel} />
      <div class="scroll" ref={box} onScroll={onScroll}>
        <div class="column">
          {!conversation && <Welcome />}
          {isMissing && <p class="missing">This conversation is not here (any more).</p>}
          {conversation && live && <TimelineList conversation={conversation} live={live} />}
          {conversation && <Pending conversation={conversation} live={live} />}
          {live?.view.turn && <RunningLine live={live} />}
        </div>
      </div>
      {!isAtEnd && (
        <button type="button" class="to-end" aria-label="To the newest message" onClick={toEnd}>
          <Icon name="down" />
        </button>
      )}
      <div class="foot">
        {conversation && live && <QueueList conversationId={conversation.id} live={live} />}
        <Composer conversation={conversation} live={live} onSent={toEnd} />
      </div>
    </main>
  );
}
