/** The conversations in memory: loaded once, repaired when a crash cut their turn, dropped when idle and too many. */
import { dispatchError, type LogRecord } from "@dispatch/wire";
import type { Core } from "../core.ts";
import { checkOf } from "../hub/shown.ts";
import type { LogHead } from "../ports/log.ts";
import { endCompaction, readCut, sealCut } from "../recovery/seal-cut.ts";
import { type Conversation, createConversation, type Loaded } from "./conversation.ts";
import { type ConversationState, emptyState, foldState, stateVersion } from "./state.ts";

export interface Conversations {
  /** Uses an existing conversation; rejects with `conversation-not-found`. */
  use<T>(id: string, job: (conversation: Conversation) => Promise<T>): Promise<T>;
  /** Uses it, or a new one which exists from its first record on. */
  useOrCreate<T>(id: string, job: (conversation: Conversation) => Promise<T>): Promise<T>;
  /** In memory now. */
  peek(id: string): Conversation | undefined;
  /** One more or less who needs it kept. */
  pin(conversation: Conversation): () => void;
  /** Forgets one whose memory may no longer be what is stored: its viewers end, the next use loads it anew. */
  fail(conversation: Conversation): void;
  /** Forgets one that was deleted. */
  drop(conversation: Conversation): void;
  /** The server stops: ends every running turn in this way and waits until they are; gives how many there were. */
  settle(how: "interrupted" | "suspended"): Promise<number>;
  readonly size: number;
}

export function createConversations(core: Core): Conversations {
  // In order of use, oldest first.
  const hot = new Map<string, Promise<Conversation>>();
  const ready = new Map<string, Conversation>();

  function load(id: string, head: LogHead | undefined): Promise<Conversation> {
    return loadConversation(core, id, head).then((conversation) => {
      ready.set(id, conversation);
      return conversation;
    });
  }

  async function get(id: string, create: boolean): Promise<Conversation> {
    const known = hot.get(id);
    if (known !== undefined) {
      hot.delete(id);
      hot.set(id, known);
      return known;
    }
    const loading = core.log.head(id).then((head) => {
      if (!head && !create) throw dispatchError("conversation-not-found", `There is no conversation ${id}.`);
      return load(id, head);
    });
    hot.set(id, loading);
    loading.catch(() => hot.delete(id));
    return loading;
  }

  async function withPin<T>(
    id: string,
    create: boolean,
    job: (conversation: Conversation) => Promise<T>,
  ): Promise<T> {
    const conversation = await get(id, create);
    const unpin = pin(conversation);
    try {
      if (!create && conversation.state.head === 0) await conversation.mailbox.idle();
      if (!create && conversation.state.head === 0) {
        throw dispatchError("conversation-not-found", `There is no conversation ${id}.`);
      }
      return await job(conversation);
    } finally {
      unpin();
    }
  }

  function pin(conversation: Conversation): () => void {
    conversation.pins++;
    let pinned = true;
    return () => {
      if (!pinned) return;
      pinned = false;
      conversation.pins--;
      if (conversation.pins === 0) shrink();
    };
  }

  function shrink(): void {
    let contexts = 0;
    for (const conversation of ready.values()) contexts += conversation.contextSize();
    let surplus = hot.size - core.limits.hotConversations;
    for (const id of hot.keys()) {
      if (surplus <= 0 && contexts <= core.limits.hotContextSize) return;
      const conversation = ready.get(id);
      if (!conversation || conversation.pins > 0) continue;
      contexts -= conversation.contextSize();
      surplus--;
      drop(conversation);
    }
  }

  function drop(conversation: Conversation): void {
    if (ready.get(conversation.id) !== conversation) return;
    ready.delete(conversation.id);
    hot.delete(conversation.id);
  }

  return {
    use: (id, job) => withPin(id, false, job),
    useOrCreate: (id, job) => withPin(id, true, job),
    peek: (id) => ready.get(id),
    pin,
    drop,
    fail(conversation) {
      conversation.live.end("failed");
      drop(conversation);
    },
    async settle(how) {
      const running = [...ready.values()].flatMap((conversation) => conversation.running ?? []);
      for (const turn of running) turn.abort(how);
      await Promise.all(running.map((turn) => turn.settled));
      await Promise.all([...ready.values()].map((conversation) => conversation.mailbox.idle()));
      return running.length;
    },
    get size() {
      return hot.size;
    },
  };
}

async function loadConversation(core: Core, id: string, head: LogHead | undefined): Promise<Conversation> {
  const fence = await core.ownership.claim(id);
  if (!head) {
    return createConversation(core, id, {
      epoch: core.ids.epoch(),
      check: "0",
      fence,
      state: emptyState(id),
    });
  }
  const state = await loadState(core, id, head);
  const { entries } = await core.log.readBack(id, head.head + 1, { limit: 1 });
  const newest = entries[0];
  if (newest?.seq !== head.head) {
    throw dispatchError("store-damaged", `Record ${head.head} of conversation ${id} is missing.`);
  }
  const loaded: Loaded = { epoch: head.epoch, check: checkOf(newest.json), fence, state };
  const conversation = createConversation(core, id, loaded);
  if (state.running && !core.recovering(id)) {
    // Not a crash of the process: the store failed under this turn, and what was in memory is gone.
    const cut = await readCut(core, conversation, state.running);
    await sealCut(conversation, cut, {
      reason: "interrupted",
      detail: "The store failed in the middle of this turn.",
    });
  }
  if (state.compacting) await endCompaction(conversation);
  return conversation;
}

/** The checkpoint when it is of this version and of the head, else folded anew from the log. */
async function loadState(core: Core, id: string, head: LogHead): Promise<ConversationState> {
  const { state: checkpoint } = head;
  if (checkpoint?.seq === head.head) {
    const state = JSON.parse(checkpoint.json) as ConversationState;
    if (state.v === stateVersion) return state;
  }
  let state: ConversationState = { ...emptyState(id), head: head.firstSeq - 1 };
  while (state.head < head.head) {
    const page = await core.log.read(id, state.head, { limit: 1_000 });
    for (const entry of page.entries) state = foldState(state, JSON.parse(entry.json) as LogRecord);
    if (page.entries.length === 0) {
      throw dispatchError("store-damaged", `Records after ${state.head} of conversation ${id} are missing.`);
    }
  }
  return state;
}
