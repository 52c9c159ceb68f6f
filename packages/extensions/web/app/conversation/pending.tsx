/** What was sent and is not seen in the conversation yet. */
import type { LiveView } from "@dispatch/client";
import type { JSX } from "preact";
import type { OpenConversation } from "../live/open-conversation.ts";
import { filesIn } from "../sending/drafts.ts";
import { useStore } from "../shell/store-context.ts";
import { UserMessage } from "../timeline/user-message.tsx";

export interface PendingProps {
  readonly conversation: OpenConversation;
  readonly live: LiveView | undefined;
}

export function Pending({ conversation, live }: PendingProps): JSX.Element {
  const { outgoing } = useStore();
  const seen = new Set(
    [...(live?.view.messages ?? []), ...(live?.queue ?? [])].map(({ clientMessageId }) => clientMessageId),
  );
  const waiting = outgoing.value.filter(
    ({ conversationId, key }) => conversationId === conversation.id && !seen.has(key),
  );
  return (
    <>
      {waiting.map(({ key, message, fields }) => (
        <UserMessage key={key} text={message} files={filesIn(fields.attachments)} isPending={true} />
      ))}
    </>
  );
}
