/** Short words at the edge of the screen: what happened elsewhere, what went wrong. */
import type { NoticeLevel } from "@dispatch/wire";
import { type ReadonlySignal, signal } from "@preact/signals";

export interface Toast {
  readonly id: number;
  readonly level: NoticeLevel;
  readonly text: string;
}

export interface Toasts {
  readonly shown: ReadonlySignal<readonly Toast[]>;
  add(level: NoticeLevel, text: string): void;
  dismiss(id: number): void;
}

const most = 4;
const stayMs = 8_000;

export function createToasts(after: (ms: number, run: () => void) => void): Toasts {
  const shown = signal<readonly Toast[]>([]);
  let count = 0;
  const dismiss = (id: number) => {
    shown.value = shown.value.filter((toast) => toast.id !== id);
  };
  return {
    shown,
    dismiss,
    add(level, text) {
      count += 1;
      const toast = { id: count, level, text };
      const others = shown.value.filter((other) => other.text !== text);
      shown.value = [...others, toast].slice(-most);
      if (level !== "error") after(stayMs, () => dismiss(toast.id));
    },
  };
}
