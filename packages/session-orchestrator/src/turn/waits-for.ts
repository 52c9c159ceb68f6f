/** What a running turn waits for when nothing can move it but somebody else: such a turn does not stall and is not drained. */
import type { Live } from "../hub/live.ts";

export type WaitsFor = "approval" | "slot" | "retry" | "child";

/** `now`: Unix ms. `isWaiting`: while it runs, this tool only waits for another conversation. Undefined: the turn works. */
export function waitsFor(
  { approvals, queued, retry, tools }: Pick<Live, "approvals" | "queued" | "retry" | "tools">,
  now: number,
  isWaiting: (tool: string) => boolean,
): WaitsFor | undefined {
  if (queued) return "slot";
  // Once its time has come the request is under way again.
  if (retry && now < retry.retryAt) return "retry";
  for (const { name } of tools.values()) if (!isWaiting(name)) return undefined;
  if (approvals.size > 0) return "approval";
  return tools.size > 0 ? "child" : undefined;
}
