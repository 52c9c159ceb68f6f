/** The state of the page behind one login: connection, list, the conversation on the screen, what is being sent. */
import { type Client, createClient, createLive, type Live, type LiveState } from "@dispatch/client";
import type { DefaultsAnswer, ModelsAnswer, Notice, SurfaceInfo } from "@dispatch/wire";
import { type ReadonlySignal, signal } from "@preact/signals";
import { type BeginningKeeper, createBeginning } from "../sending/beginning.ts";
import type { Drafts } from "../sending/drafts.ts";
import type { LocalStore } from "../sending/local-store.ts";
import { codeOf, type Outgoing } from "../sending/outbox.ts";
import { randomId } from "../sending/random-id.ts";
import { createSending, type Sending } from "../sending/sending.ts";
import { wordsOf } from "./errors-text.ts";
import { createFoundRows } from "./list/found-rows.ts";
import { type Rows, rowsOf, withoutRow, withRow } from "./list/rows.ts";
import { type OpenConversation, openConversation } from "./open-conversation.ts";
import { createServer, type Server } from "./server.ts";
import { isSeen, noticeMs, type Toasts } from "./toasts.ts";

export interface Store {
  readonly live: Live;
  readonly client: Client;
  readonly server: Server;
  readonly toasts: Toasts;
  readonly drafts: Drafts;
  readonly sending: Sending;
  readonly connection: ReadonlySignal<LiveState>;
  readonly hasBeenOpen: ReadonlySignal<boolean>;
  readonly rows: ReadonlySignal<Rows>;
  readonly models: ReadonlySignal<ModelsAnswer | undefined>;
  /** What a new conversation works with, where it is not told otherwise. */
  readonly defaults: ReadonlySignal<DefaultsAnswer["settings"] | undefined>;
  readonly beginning: BeginningKeeper;
  /** The surfaces there are. */
  readonly catalog: ReadonlySignal<readonly SurfaceInfo[]>;
  readonly outgoing: ReadonlySignal<readonly Outgoing[]>;
  /** Undefined: a new one. */
  readonly current: ReadonlySignal<OpenConversation | undefined>;
  show(conversationId: string | undefined): void;
  /** Does it and says what went wrong; false then. */
  attempt(what: () => Promise<unknown>): Promise<boolean>;
  loadModels(): Promise<void>;
  /** Closed conversations come into the list too. */
  loadAll(): Promise<void>;
  close(): void;
}

export interface StoreOptions {
  readonly token: string;
  readonly origin: string;
  readonly store: LocalStore;
  readonly drafts: Drafts;
  readonly toasts: Toasts;
  readonly nextFrame: (draw: () => void) => void;
  readonly navigate: (conversationId: string | undefined) => void;
  /** Somebody may be looking at the page. */
  readonly isVisible: () => boolean;
  /** The token is worth nothing any more. */
  readonly onRefused: () => void;
}

export function createStore(options: StoreOptions): Store {
  const { token, origin, store, drafts, toasts, navigate } = options;
  const access = { url: origin, token, newKey: randomId };
  const live = createLive(access);
  const client = createClient(access);
  const server = createServer(token);
  const connection = signal<LiveState>(live.state);
  const hasBeenOpen = signal(false);
  const rows = signal<Rows>(new Map());
  const foundRows = createFoundRows(rows);
  const models = signal<ModelsAnswer | undefined>(undefined);
  const catalog = signal<readonly SurfaceInfo[]>([]);
  const outgoing = signal<readonly Outgoing[]>([]);
  const current = signal<OpenConversation | undefined>(undefined);

  const defaults = signal<DefaultsAnswer["settings"] | undefined>(undefined);
  const beginning = createBeginning(store);

  const sending = createSending({
    store,
    drafts,
    request: (type, fields) => live.request(type, fields),
    onChange: (waiting) => {
      outgoing.value = waiting;
    },
    onRefused({ begins, conversationId }, error) {
      const shown = current.value?.id;
      // Where it was to begin: there its text is again.
      const isSeen = begins === true && (shown === undefined || shown === conversationId);
      if (begins && codeOf(error) === "invalid-cwd") beginning.refused(wordsOf(error));
      if (!isSeen || codeOf(error) !== "invalid-cwd") toasts.add("error", wordsOf(error));
      if (isSeen) navigate(undefined);
    },
    onAccepted({ conversationId, begins }) {
      if (begins) beginning.begun();
      const shown = current.value;
      if (shown?.id === conversationId && shown.ended.value !== undefined) shown.begin();
    },
  });
  sending.resume();

  live.onState((state) => {
    connection.value = state;
    if (state.kind === "open") {
      hasBeenOpen.value = true;
      void attempt(loadModels);
      void attempt(loadDefaults);
    }
    if (state.kind === "refused") options.onRefused();
  });
  live.list({
    onRows: (items) => {
      rows.value = rowsOf(items);
      void loadChildren();
      void attempt(loadAsking);
    },
    onChange: (row) => {
      rows.value = withRow(rows.value, row);
    },
    onDeleted: (id) => {
      rows.value = withoutRow(rows.value, id);
      foundRows.deleted(id);
      if (current.value?.id === id) toasts.add("info", "The conversation was deleted.");
    },
  });
  live.on("notice", (frame) => {
    const notice = frame.notice as Notice;
    if (!isSeen(notice, options.isVisible() ? current.value?.id : undefined))
      toasts.add(notice.level, notice.text, noticeMs);
  });
  live.on("catalog", ({ surfaces }) => {
    catalog.value = surfaces as readonly SurfaceInfo[];
  });
  live.on("conversation.open", ({ conversationId }) => navigate(String(conversationId)));

  async function attempt(what: () => Promise<unknown>): Promise<boolean> {
    try {
      await what();
      return true;
    } catch (error) {
      toasts.add("error", wordsOf(error));
      return false;
    }
  }
  async function loadModels(): Promise<void> {
    models.value = await client.models();
  }
  /** Who asked long ago is not on the first page of the list, and waits all the same. */
  async function loadAsking(): Promise<void> {
    const { items } = await client.approvals();
    const unseen = new Set(
      items.map(({ conversationId }) => conversationId).filter((id) => !rows.value.has(id)),
    );
    // Gone meanwhile: then it asks no more.
    for (const id of unseen) await foundRows.add(async () => [await client.get(id)]).catch(() => undefined);
  }
  /** Of the conversation on the screen: its calls lead to them, however old they are. */
  async function loadChildren(): Promise<void> {
    const { value: shown } = current;
    if (!shown) return;
    // Of one that does not exist yet there are none, and without them the list says what it knows.
    await foundRows.add(() => server.children(shown.id)).catch(() => undefined);
  }
  async function loadDefaults(): Promise<void> {
    defaults.value = (await client.defaults()).settings;
  }

  return {
    live,
    client,
    server,
    toasts,
    drafts,
    sending,
    connection,
    hasBeenOpen,
    rows,
    models,
    defaults,
    beginning,
    catalog,
    outgoing,
    current,
    attempt,
    loadModels,
    loadAll: () => foundRows.add(() => server.search()),
    show(conversationId) {
      if (current.value?.id === conversationId) return;
      current.value?.close();
      if (conversationId === undefined) {
        current.value = undefined;
        return;
      }
      const opened = openConversation(conversationId, { live, client, server, nextFrame: options.nextFrame });
      opened.begin();
      current.value = opened;
      void loadChildren();
    },
    close() {
      current.value?.close();
      live.close();
    },
  };
}
