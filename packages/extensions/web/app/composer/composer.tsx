/** Where one writes. Enter sends, Shift+Enter begins a line, Escape stops the turn; what is typed is kept at every key. */
import type { LiveView } from "@dispatch/client";
import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { OpenConversation } from "../live/open-conversation.ts";
import { hashOf } from "../live/route.ts";
import type { Deliver } from "../sending/sending.ts";
import { Icon } from "../shell/icon.tsx";
import { useStore } from "../shell/store-context.ts";
import { AttachButton, AttachedFiles } from "./attached-files.tsx";
import { DeliverPicker } from "./deliver-picker.tsx";
import { FolderPicker } from "./folder-picker.tsx";
import { ModelPicker } from "./model-picker.tsx";
import { useAttachments } from "./use-attachments.ts";
import { type Choice, useChoice } from "./use-choice.ts";

export interface ComposerProps {
  readonly conversation: OpenConversation | undefined;
  readonly live: LiveView | undefined;
  readonly onSent: () => void;
}

/** On a phone the Enter key of the screen's keyboard begins a line, and the button sends. */
const entersLines = (): boolean => matchMedia("(pointer: coarse)").matches;

export function Composer({ conversation, live, onSent }: ComposerProps): JSX.Element {
  const store = useStore();
  const id = conversation?.id;
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(() => store.drafts.get(id));
  const [deliver, setDeliver] = useState<Deliver>("steer");
  const choice: Choice = useChoice(conversation, live);
  const attachments = useAttachments(id);
  const cannotSend = text.trim() === "" || attachments.isUploading;
  const isRunning = live?.view.turn !== undefined;

  useSignalEffect(() => {
    if (store.sending.givenBack.value === 0) return;
    setText(store.drafts.get(id));
    attachments.reload();
  });
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);
  useLayoutEffect(() => {
    if (!entersLines()) field.current?.focus();
  }, []);

  const stop = () => {
    if (id !== undefined && isRunning) void store.attempt(() => store.live.stop(id));
  };
  const send = () => {
    if (cannotSend) return;
    const { model, effort, folder = "" } = id === undefined ? store.beginning.now.value : {};
    const sentTo = store.sending.send({
      conversationId: id,
      text,
      attachments: attachments.take(),
      model,
      effort,
      cwd: folder.trim(),
      deliver: isRunning ? deliver : undefined,
    });
    setText("");
    onSent();
    if (id === undefined) location.hash = hashOf(sentTo);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && isRunning) {
      event.stopPropagation(); // it stops the turn, and closes nothing beside it
      stop();
    }
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || entersLines()) return;
    event.preventDefault();
    send();
  };

  const onFiles = (event: Event, files: FileList | undefined) => {
    if (!files?.length) return;
    event.preventDefault();
    attachments.add([...files]);
  };

  return (
    <form
      class={`composer${isRunning ? " while-running" : ""}`}
      onDragOver={(event) => {
        if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
      }}
      onDrop={(event) => onFiles(event, event.dataTransfer?.files)}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {id === undefined && <FolderPicker />}
      <textarea
        ref={field}
        rows={1}
        aria-label="Message"
        placeholder={isRunning ? "Say something while it works" : "Write a message"}
        value={text}
        onInput={(event) => {
          const { value } = event.currentTarget;
          setText(value);
          store.drafts.set(id, value);
        }}
        onKeyDown={onKeyDown}
        onPaste={(event) => onFiles(event, event.clipboardData?.files)}
      />
      <AttachedFiles {...attachments} />
      <div class="composer-foot">
        <AttachButton add={attachments.add} />
        <ModelPicker choice={choice} />
        {isRunning && <DeliverPicker value={deliver} onChange={setDeliver} />}
        <span class="spacer" />
        {isRunning && (
          <button type="button" class="stop" aria-label="Stop" title="Stop (Esc)" onClick={stop}>
            <Icon name="stop" />
            Stop
          </button>
        )}
        <button
          type="submit"
          class="primary icon-only"
          aria-label={isRunning ? "Queue" : "Send"}
          title={isRunning ? "Queue (Enter)" : "Send (Enter)"}
          disabled={cannotSend}
        >
          <Icon name="send" />
        </button>
      </div>
    </form>
  );
}
