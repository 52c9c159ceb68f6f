/** The conversations in memory: loaded once, repaired when a crash cut their turn, dropped when idle and too many. */
import { dispatchError } from "@dispatch/wire";
import type { Core } from "../core.ts";
import type { Conversation } from "./conversation.ts";
import { loadConversation, newConversation } from "./load.ts";

export interface Conversations {
  /** Uses an existing conversation; rejects with `conversation-not-found`. */
  use<T>(id: string, job: (conversation: Conversation) => Promise<T>): Promise<T>;
  /** Uses it, or a new one which exists from its first record on. */
  useOrCreate<T>(id: string, job: (conversation: Conversation) => Promise<T>): Promise<T>;
  /** Uses a new one whose id was made just now: nobody can have it, so the store is not asked. */
  useNew<T>(id: string, job: (conversation: Conversation) => Promise<T>): Promise<T>;
  /** In memory now. */
  peek(id: string): Conversation | undefined;
  /** One more or less who needs it kept. */
  pin(conversation: Conversation): () => void;
  /** Forgets one whose memory may no longer be what is stored: its viewers end, the next use loads it anew. */
  fail(conversation: Conversation): void;
  /** Forgets one that was deleted. */
  drop(conversation: Conversation): void;
  /** All of them. */
  all(): readonly Conversation[];
  /** Those whose turn runs now. */
  running(): readonly Conversation[];
  /** Resolves when every mailbox has done what was asked of it so far. */
  idle(): Promise<void>;
  /** The server stops: ends every running turn in this way and waits until they are; gives how many there were. */
  settle(how: "interrupted" | "suspended"): Promise<number>;
  readonly size: number;
}

/** A conversation in memory, or on its way there. Pinned from the moment it is asked for, so it is never there twice. */
interface Entry {
  readonly loading: Promise<Conversation>;
  conversation: Conversation | undefined;
  pins: number;
  /** Size of its context when it was looked at last. */
  size: number;
}

/** What is known of a conversation that is asked for. */
type Known = "exists" | "maybe" | "new";

export function createConversations(core: Core): Conversations {
  // In order of use, oldest first.
  const hot = new Map<string, Entry>();
  /** Of all of them. */
  let contexts = 0;

  function entryOf(id: string, isNew: boolean): Entry {
    const known = hot.get(id);
    if (known) {
      hot.delete(id);
      hot.set(id, known);
      return known;
    }
    const loading = isNew ? newConversation(core, id, fail) : loadConversation(core, id, fail);
    const entry: Entry = { loading, conversation: undefined, pins: 0, size: 0 };
    hot.set(id, entry);
    loading.then(
      (conversation) => {
        entry.conversation = conversation;
      },
      () => forget(id, entry),
    );
    return entry;
  }

  async function withPin<T>(
    id: string,
    known: Known,
    job: (conversation: Conversation) => Promise<T>,
  ): Promise<T> {
    const entry = entryOf(id, known === "new");
    entry.pins++;
    try {
      const conversation = await entry.loading;
      // Somebody else may be creating it right now.
      if (known === "exists" && conversation.state.head === 0) await conversation.mailbox.idle();
      if (known === "exists" && conversation.state.head === 0) {
        throw dispatchError("conversation-not-found", `There is no conversation ${id}.`);
      }
      return await job(conversation);
    } finally {
      unpin(id, entry);
    }
  }

  function unpin(id: string, entry: Entry): void {
    entry.pins--;
    measure(id, entry);
    if (entry.pins > 0) return;
    // Asked for and never created: nothing to keep.
    if (entry.conversation?.state.head === 0) forget(id, entry);
    shrink();
  }

  function measure(id: string, entry: Entry): void {
    const size = hot.get(id) === entry ? (entry.conversation?.contextSize() ?? 0) : 0;
    contexts += size - entry.size;
    entry.size = size;
  }

  function shrink(): void {
    let surplus = hot.size - core.limits.hotConversations;
    if (surplus <= 0 && contexts <= core.limits.hotContextSize) return;
    for (const [id, entry] of hot) {
      if (surplus <= 0 && contexts <= core.limits.hotContextSize) return;
      if (!entry.conversation || entry.pins > 0) continue;
      surplus--;
      forget(id, entry);
    }
  }

  function forget(id: string, entry: Entry): void {
    if (hot.get(id) === entry) hot.delete(id);
    measure(id, entry);
  }

  function drop(conversation: Conversation): void {
    const entry = hot.get(conversation.id);
    if (entry?.conversation === conversation) forget(conversation.id, entry);
  }

  function fail(conversation: Conversation): void {
    conversation.live.end("failed");
    drop(conversation);
  }

  const loaded = (): Conversation[] => [...hot.values()].flatMap(({ conversation }) => conversation ?? []);

  async function idle(): Promise<void> {
    await Promise.all(loaded().map(({ mailbox }) => mailbox.idle()));
  }

  return {
    all: loaded,
    running: () => loaded().filter(({ running }) => running),
    idle,
    use: (id, job) => withPin(id, "exists", job),
    useOrCreate: (id, job) => withPin(id, "maybe", job),
    useNew: (id, job) => withPin(id, "new", job),
    peek: (id) => hot.get(id)?.conversation,
    pin(conversation) {
      const entry = hot.get(conversation.id);
      if (entry?.conversation !== conversation) return () => undefined;
      entry.pins++;
      let pinned = true;
      return () => {
        if (pinned) unpin(conversation.id, entry);
        pinned = false;
      };
    },
    drop,
    fail,
    async settle(how) {
      let ended = 0;
      // Again until nothing runs: a turn may have been on its way to its admission.
      for (;;) {
        for (const conversation of loaded()) conversation.endSideRequests();
        await idle();
        const running = loaded().flatMap((conversation) => conversation.running ?? []);
        if (running.length === 0) return ended;
        ended += running.length;
        for (const turn of running) turn.abort(how);
        await Promise.all(running.map((turn) => turn.settled));
      }
    },
    get size() {
      return hot.size;
    },
  };
}
