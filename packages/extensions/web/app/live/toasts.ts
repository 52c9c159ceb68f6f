/** Short words at the edge of the screen: what happened elsewhere, what went wrong. */
import type { Notice, NoticeLevel } from "@dispatch/wire";
import { type ReadonlySignal, signal } from "@preact/signals";

export interface Toast {
  readonly id: number;
  readonly level: NoticeLevel;
  readonly text: string;
}

export interface Toasts {
  readonly shown: ReadonlySignal<readonly Toast[]>;
  /** It stays for `ms`; without, an error stays until it is dismissed, and anything else for 8 s. */
  add(level: NoticeLevel, text: string, ms?: number): void;
  dismiss(id: number): void;
}

const most = 4;
const stayMs = 8_000;
/** For what the server tells, in ms: the list says it too, as long as it is so. */
export const noticeMs = 20_000;

/** Whoever looks at the conversation `shown` sees in it how its turns go. */
export const isSeen = (
  { conversationId, turnId, level }: Pick<Notice, "conversationId" | "turnId" | "level">,
  shown: string | undefined,
): boolean =>
  shown !== undefined &&
  conversationId === shown &&
  (turnId !== undefined || level === "success" || level === "info");

export function createToasts(after: (ms: number, run: () => void) => void): Toasts {
  const shown = signal<readonly Toast[]>([]);
  let count = 0;
  const dismiss = (id: number) => {
    shown.value = shown.value.filter((toast) => toast.id !== id);
  };
  return {
    shown,
    dismiss,
    add(level, text, ms = level === "error" ? undefined : stayMs) {
      count += 1;
      const toast = { id: count, level, text };
      const others = shown.value.filter((other) => other.text !== text);
      shown.value = [...others, toast].slice(-most);
      if (ms !== undefined) after(ms, () => dismiss(toast.id));
    },
  };
}
