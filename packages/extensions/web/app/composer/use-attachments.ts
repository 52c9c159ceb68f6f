/** Files that the next message brings along: uploaded as soon as they are chosen, kept beside the draft. */
import type { Attachment } from "@dispatch/wire";
import { useRef, useState } from "preact/hooks";
import { useStore } from "../shell/store-context.ts";

export interface ChosenFile {
  readonly key: number;
  readonly name: string;
  /** Absent: it is still going up. */
  readonly attachment?: Attachment;
}

export interface Attachments {
  readonly files: readonly ChosenFile[];
  readonly isUploading: boolean;
  add(files: Iterable<File>): void;
  remove(key: number): void;
  /** Shows what the draft holds. */
  reload(): void;
  /** What is sent; empty afterwards. */
  take(): Attachment[];
}

/** The server takes no more with one message. */
const most = 16;

export function useAttachments(conversationId: string | undefined): Attachments {
  const store = useStore();
  const last = useRef(0);
  const chosen = useRef<readonly ChosenFile[]>([]);
  const [, redraw] = useState<readonly ChosenFile[]>([]);

  const isRead = useRef(false);
  const show = (files: readonly ChosenFile[]) => {
    chosen.current = files;
    redraw(files);
  };
  const read = (): readonly ChosenFile[] =>
    store.drafts.attached(conversationId).map((attachment) => {
      last.current += 1;
      return { key: last.current, name: attachment.name ?? attachment.mimeType, attachment };
    });
  if (!isRead.current) {
    isRead.current = true;
    chosen.current = read();
  }
  const keep = (files: readonly ChosenFile[]) => {
    show(files);
    store.drafts.attach(
      conversationId,
      files.flatMap(({ attachment }) => attachment ?? []),
    );
  };

  async function upload(key: number, file: File): Promise<void> {
    let attachment: Attachment | undefined;
    await store.attempt(async () => {
      attachment = await store.client.attach(file, { name: file.name.slice(-255) });
    });
    const done = attachment;
    keep(
      chosen.current.flatMap((each) => (each.key !== key ? each : done ? { ...each, attachment: done } : [])),
    );
  }

  return {
    files: chosen.current,
    isUploading: chosen.current.some(({ attachment }) => !attachment),
    add(files) {
      for (const file of files) {
        if (chosen.current.length >= most) {
          store.toasts.add("warning", `A message takes at most ${most} files.`);
          return;
        }
        last.current += 1;
        const key = last.current;
        show([...chosen.current, { key, name: file.name }]);
        void upload(key, file);
      }
    },
    remove: (key) => keep(chosen.current.filter((each) => each.key !== key)),
    reload: () => show(read()),
    take() {
      const taken = chosen.current.flatMap(({ attachment }) => attachment ?? []);
      keep([]);
      return taken;
    },
  };
}
