/** A resumed turn that ends before its step was taken up, in its queue for a slot say: its open calls get their results. */
import type { Conversation } from "../conversation/conversation.ts";
import type { Core } from "../core.ts";
import { commit } from "../turn/sink.ts";
import { reconcile } from "./reconcile.ts";
import { readCut } from "./seal-cut.ts";

/** As those of a turn that is not resumed: what is known of each call is what the crash left. */
export async function answerOpenCalls(core: Core, conversation: Conversation, turnId: string): Promise<void> {
  const { running } = conversation.state;
  if (running?.turnId !== turnId) return;
  const { records, blocks } = await readCut(core, conversation, running);
  const results = reconcile(turnId, records, blocks);
  if (results.length > 0) await commit(conversation, turnId, results);
}
