/** A block of code, with what copies it. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { copyText } from "./copy-text.ts";

export interface CodeBlockProps {
  readonly code: string;
  readonly language?: string | undefined;
}

const saidMs = 1_500;

export function CodeBlock({ code, language }: CodeBlockProps): JSX.Element {
  const [said, setSaid] = useState("Copy");
  const copy = async () => {
    setSaid((await copyText(code)) ? "Copied" : "Not copied");
    setTimeout(() => setSaid("Copy"), saidMs);
  };
  return (
    <div class="code">
      <div class="code-head">
        <span>{language ?? ""}</span>
        <button type="button" class="quiet small" onClick={() => void copy()} aria-label="Copy the code">
          {said}
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>
    </div>
  );
}
