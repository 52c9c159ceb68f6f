/** The title, which can be changed where it stands, and what can be done with the conversation. */
import type { JSX } from "preact";
import { countAsking, titleOf } from "../live/list/rows.ts";
import type { OpenConversation } from "../live/open-conversation.ts";
import { hashOf } from "../live/route.ts";
import { ConfirmButton } from "../shell/confirm-button.tsx";
import { ConnectionLine } from "../shell/connection-line.tsx";
import { Icon } from "../shell/icon.tsx";
import { useStore } from "../shell/store-context.ts";
import { shortPath } from "../text/format.ts";
import { Title } from "./title.tsx";

export interface HeaderProps {
  readonly conversation: OpenConversation | undefined;
  readonly onMenu: () => void;
  readonly onPanel: () => void;
}

export function Header({ conversation, onMenu, onPanel }: HeaderProps): JSX.Element {
  const store = useStore();
  const id = conversation?.id;
  const row = id === undefined ? undefined : store.rows.value.get(id);
  const asking = countAsking(store.rows.value, id);
  const meta = row ?? conversation?.live.value?.conversation;
  const parent = titleOf(store.rows.value.get(meta?.parentId ?? ""));
  const folder = folderOf(conversation);
  return (
    <header class="head">
      <button
        type="button"
        class="quiet icon-only menu"
        aria-label={asking === 0 ? "Conversations" : `Conversations: ${asking} waiting for an answer`}
        onClick={onMenu}
      >
        <Icon name="menu" />
        {asking > 0 && <span class="menu-count">{asking}</span>}
      </button>
      {meta?.parentId !== undefined && (
        <a
          class="button quiet icon-only"
          href={hashOf(meta.parentId)}
          title={`To its parent${parent === "" ? "" : `: ${parent}`}`}
          aria-label="To its parent"
        >
          <Icon name="back" />
        </a>
      )}
      {conversation ? (
        <Title
          key={conversation.id}
          title={titleOf(meta)}
          onChange={(title) => void store.attempt(() => store.client.setTitle(conversation.id, title))}
        />
      ) : (
        <h1 class="title">New conversation</h1>
      )}
      {folder !== undefined && (
        <span class="where" title={`Works in ${folder}`}>
          {shortPath(folder)}
        </span>
      )}
      {store.connection.value.kind !== "open" && <ConnectionLine />}
      {conversation && meta && (
        <div class="actions">
          {meta.status !== "closed" && (
            <button
              type="button"
              class="quiet icon-only"
              title="Close: stop it and put it away"
              aria-label="Close the conversation"
              onClick={() => void store.attempt(() => store.client.close(conversation.id))}
            >
              <Icon name="archive" />
            </button>
          )}
          <ConfirmButton
            question="Delete it?"
            onConfirm={() =>
              void store
                .attempt(() => store.server.delete(conversation.id))
                .then((isGone) => {
                  if (isGone) location.hash = hashOf(undefined);
                })
            }
          >
            <Icon name="trash" />
            <span class="off-screen">Delete the conversation</span>
          </ConfirmButton>
        </div>
      )}
      <button type="button" class="quiet icon-only" title="Surfaces" aria-label="Surfaces" onClick={onPanel}>
        <Icon name="panel" />
      </button>
    </header>
  );
}

function folderOf(conversation: OpenConversation | undefined): string | undefined {
  const cwd = conversation?.live.value?.conversation?.settings.cwd?.value;
  return typeof cwd === "string" ? cwd : undefined;
}
