/** A button for what cannot be undone: the first press asks, the second does. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

export interface ConfirmButtonProps {
  readonly children: ComponentChildren;
  /** What it says when it asks. */
  readonly question: string;
  readonly onConfirm: () => void;
}

const asksMs = 4_000;

export function ConfirmButton({ children, question, onConfirm }: ConfirmButtonProps): JSX.Element {
  const [asks, setAsks] = useState(false);
  useEffect(() => {
    if (!asks) return;
    const timer = setTimeout(() => setAsks(false), asksMs);
    return () => clearTimeout(timer);
  }, [asks]);
  return (
    <button
      type="button"
      class={asks ? "danger" : "quiet"}
      onClick={() => {
        if (asks) onConfirm();
        setAsks(!asks);
      }}
    >
      {asks ? question : children}
    </button>
  );
}
