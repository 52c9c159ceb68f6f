/** A tool call in one line, with its input and output folded away; the question, where a person is asked. */
import type { ConversationRow } from "@dispatch/wire";
import type { JSX } from "preact";
import { Icon } from "../shell/icon.tsx";
import { useNow } from "../shell/use-now.ts";
import { duration } from "../text/format.ts";
import type { ToolItem } from "../timeline/timeline.ts";
import { ApprovalCard } from "./approval-card.tsx";
import { ChildLink } from "./child-link.tsx";
import { Visible } from "./visible.tsx";

const signs: Readonly<Record<NonNullable<ToolItem["outcome"]>, readonly [sign: string, word: string]>> = {
  ok: ["✓", "done"],
  error: ["✗", "failed"],
  denied: ["⊘", "denied"],
  aborted: ["◼", "stopped"],
  timeout: ["✗", "out of time"],
  interrupted: ["✗", "cut off"],
};
/** Longer outputs are shown from their end. */
const mostShown = 100_000;

export interface ToolRowProps {
  readonly tool: ToolItem;
  /** The conversation that works for it. */
  readonly child: ConversationRow | undefined;
}

export function ToolRow({ tool, child }: ToolRowProps): JSX.Element {
  const { name, target, outcome, output, startedAt, durationMs, approval, isLeft } = tool;
  const isRunning = !outcome && !isLeft && startedAt !== undefined;
  const now = useNow(isRunning);
  const time = isRunning ? Math.max(0, now - startedAt) : durationMs;
  const [sign, word] = outcome ? signs[outcome] : isLeft ? (["–", "not run"] as const) : ["", "running"];
  const tone = outcome ?? (isLeft ? "left" : approval ? "asked" : "running");
  return (
    <div class={`tool ${tone}`}>
      <details>
        <summary>
          <span class="tool-sign" role="img" aria-label={approval ? "waiting for an answer" : word}>
            {approval ? "?" : sign || <span class="spinner" />}
          </span>
          <span class="tool-name">
            <Visible text={name} />
          </span>
          <span class="tool-target">{target !== undefined && <Visible text={target} />}</span>
          {outcome && outcome !== "ok" && <span class="tool-outcome">{word}</span>}
          {time !== undefined && <span class="tool-time">{duration(time)}</span>}
          <Icon name="chevron" />
        </summary>
        <div class="tool-body">
          <h4>Input</h4>
          <pre>
            <Visible text={JSON.stringify(tool.input, null, 2) ?? ""} />
          </pre>
          {output !== undefined && outcome !== undefined && (
            <>
              <h4>
                Output{tool.truncated ? ", shortened" : ""}
                {output.length > mostShown ? ", its end" : ""}
              </h4>
              <pre>{output.slice(-mostShown) || "(nothing)"}</pre>
            </>
          )}
        </div>
      </details>
      {output !== undefined && outcome === undefined && output !== "" && !child && (
        <pre class="live-output">{output.slice(-2_000)}</pre>
      )}
      {child && <ChildLink child={child} />}
      {approval && <ApprovalCard approval={approval} />}
    </div>
  );
}
