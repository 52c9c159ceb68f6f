/** The items of a conversation, one under the other. */
import type { LiveView } from "@dispatch/client";
import type { ConversationRow } from "@dispatch/wire";
import type { JSX } from "preact";
import { useErrorBoundary, useMemo } from "preact/hooks";
import { childrenByCall } from "../live/list/families.ts";
import type { OpenConversation } from "../live/open-conversation.ts";
import { Markdown } from "../markdown/markdown.tsx";
import { useStore } from "../shell/store-context.ts";
import { ToolRow } from "../tools/tool-row.tsx";
import { EndLine } from "./end-line.tsx";
import { Reasoning } from "./reasoning.tsx";
import { type Item, timeline } from "./timeline.ts";
import { UserMessage } from "./user-message.tsx";

export interface TimelineListProps {
  readonly conversation: OpenConversation;
  readonly live: LiveView;
}

export function TimelineList({ conversation, live }: TimelineListProps): JSX.Element {
  const items = timeline(conversation.older.value, live, conversation.facts.value);
  const rows = useStore().rows.value;
  const children = useMemo(() => childrenByCall(rows, conversation.id), [rows, conversation.id]);
  return (
    <div class="timeline">
      {conversation.hasOlder.value && <p class="older">Older messages come when you scroll up.</p>}
      {items.map((item) => (
        <Drawn key={item.key} item={item} child={children.get(item.key)} />
      ))}
    </div>
  );
}

interface DrawnProps {
  readonly item: Item;
  /** The conversation that works for it, when it is a call. */
  readonly child: ConversationRow | undefined;
}

/** What cannot be drawn takes nothing else with it. */
function Drawn({ item, child }: DrawnProps): JSX.Element {
  const [error] = useErrorBoundary();
  if (error !== undefined) return <p class="missing">This part cannot be shown here.</p>;
  switch (item.kind) {
    case "user":
      return <UserMessage text={item.text} files={item.files} />;
    case "text":
      return <Markdown text={item.text} />;
    case "reasoning":
      return <Reasoning text={item.text} isOpen={item.isOpen} />;
    case "tool":
      return <ToolRow tool={item} child={child} />;
    case "end":
      return <EndLine facts={item.facts} />;
    case "summary":
      return (
        <details class="summary">
          <summary>Earlier messages were summed up</summary>
          <Markdown text={item.text} />
        </details>
      );
  }
}
