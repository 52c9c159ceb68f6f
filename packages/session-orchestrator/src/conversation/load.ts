/** Loading: one row and the newest record, or a fold over the log where the checkpoint is behind or of another version. */
import { dispatchError, type LogRecord } from "@dispatch/wire";
import type { Core } from "../core.ts";
import { checkOf } from "../hub/shown.ts";
import type { LogHead } from "../ports/log.ts";
import { endCompaction, readCut, sealCut } from "../recovery/seal-cut.ts";
import { type Conversation, createConversation, type Loaded } from "./conversation.ts";
import { foldState } from "./fold-state.ts";
import { readQuestions } from "./questions.ts";
import { type ConversationState, emptyState, stateVersion } from "./state.ts";

/** `onFailed`: the store refused a write, so what is in memory may not be what is stored. */
export async function loadConversation(
  core: Core,
  id: string,
  onFailed: (conversation: Conversation) => void,
): Promise<Conversation> {
  const head = await core.log.head(id);
  if (!head) return newConversation(core, id, onFailed);
  const fence = await core.ownership.claim(id);
  const state = await loadState(core, id, head);
  const { entries } = await core.log.readBack(id, head.head + 1, { limit: 1 });
  const newest = entries[0];
  if (newest?.seq !== head.head) {
    throw dispatchError("store-damaged", `Record ${head.head} of conversation ${id} is missing.`);
  }
  const questions = await readQuestions(core.log, state);
  const loaded: Loaded = { epoch: head.epoch, check: checkOf(newest.json), fence, state, questions };
  const conversation = createConversation(core, id, loaded, onFailed);
  if (state.running && !core.recovering(id) && core.admitting()) {
    // Not a crash of the process, nor left to the next boot by a stop: the store failed under this turn, and what was in
    // memory is gone.
    const cut = await readCut(core, conversation, state.running);
    await sealCut(core, conversation, cut, {
      reason: "interrupted",
      detail: "The store failed in the middle of this turn.",
    });
  }
  if (state.compacting !== undefined) await endCompaction(conversation);
  return conversation;
}

/** One without any record yet. Should the id be taken all the same, its first append is refused. */
export async function newConversation(
  core: Core,
  id: string,
  onFailed: (conversation: Conversation) => void,
): Promise<Conversation> {
  const fence = await core.ownership.claim(id);
  const fresh: Loaded = { epoch: core.ids.epoch(), check: "0", fence, state: emptyState(id) };
  return createConversation(core, id, fresh, onFailed);
}

/** The checkpoint when it is of this version and of the head, else folded anew from the log. */
async function loadState(core: Core, id: string, head: LogHead): Promise<ConversationState> {
  const { state: checkpoint } = head;
  const saved = checkpoint && (JSON.parse(checkpoint.json) as ConversationState);
  let state: ConversationState =
    saved?.v === stateVersion ? saved : { ...emptyState(id), head: head.firstSeq - 1 };
  while (state.head < head.head) {
    const page = await core.log.read(id, state.head, { limit: 1_000 });
    for (const entry of page.entries) state = foldState(state, JSON.parse(entry.json) as LogRecord);
    if (page.entries.length === 0) {
      throw dispatchError("store-damaged", `Records after ${state.head} of conversation ${id} are missing.`);
    }
  }
  return state;
}
