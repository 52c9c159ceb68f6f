/** Stays at the end while one reads there, and where one is otherwise; older messages come before what is read. */
import type { RefObject } from "preact";
import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";

/** Distance that still counts as the end or the beginning, in pixels. */
const nearPx = 48;
const nearTopPx = 400;

export interface Scroll {
  readonly isAtEnd: boolean;
  toEnd(): void;
  /** Something was drawn. */
  follow(): void;
  onScroll(): void;
}

export function useScroll(box: RefObject<HTMLElement | null>, onTop: () => void): Scroll {
  const [isAtEnd, setAtEnd] = useState(true);
  const sticks = useRef(true);
  const height = useRef(0);

  const settle = useCallback(() => {
    const element = box.current;
    if (!element) return;
    const { scrollHeight } = element;
    if (sticks.current) element.scrollTop = scrollHeight;
    // Browsers without scroll anchoring would jump when older messages come in above.
    else if (element.scrollTop < nearPx && scrollHeight > height.current && height.current > 0)
      element.scrollTop += scrollHeight - height.current;
    height.current = scrollHeight;
  }, [box]);
  useLayoutEffect(settle);

  return {
    isAtEnd,
    toEnd() {
      sticks.current = true;
      setAtEnd(true);
      settle();
    },
    follow: () => void requestAnimationFrame(settle),
    onScroll() {
      const element = box.current;
      if (!element) return;
      const { scrollTop, scrollHeight, clientHeight } = element;
      const near = scrollHeight - scrollTop - clientHeight < nearPx;
      sticks.current = near;
      if (near !== isAtEnd) setAtEnd(near);
      if (scrollTop < nearTopPx) onTop();
    },
  };
}
