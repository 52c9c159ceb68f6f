/** The typed client: one method per operation of the HTTP API. */
import type {
  Accepted,
  Approval,
  ApprovalDecision,
  Attachment,
  ChatBody,
  CommandAnswer,
  CommandsAnswer,
  CompactBody,
  ConfigAnswer,
  ConversationView,
  DefaultsAnswer,
  DeleteAnswer,
  LastAnswer,
  ListAnswer,
  MessagesAnswer,
  ModelsAnswer,
  PatchBody,
  RunCommandBody,
  StopAnswer,
  WarmAnswer,
} from "@dispatch/wire";
import type { ConversationStatusAnswer, ExtensionRow, HealthAnswer } from "./answers.ts";
import { type ChatStream, startChat } from "./chat-stream.ts";
import { type FollowOptions, follow, type StreamItem, type Waiting } from "./follow.ts";
import { createHttp, type HttpOptions, segment } from "./http.ts";

export interface ClientOptions extends HttpOptions, Partial<Waiting> {
  /** Makes idempotency keys. Default: a random UUID. */
  readonly newKey?: () => string;
}

export interface ListOptions {
  /** Comma-separated: `active,idle,closed`. Default `active,idle`. */
  readonly status?: string | undefined;
  /** Prefix of the id. */
  readonly q?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** Every method rejects with a `ClientError`, or with the signal's reason. */
export interface Client {
  readonly url: string;
  /** Needs no token. */
  health(signal?: AbortSignal): Promise<HealthAnswer>;
  /** Starts a turn and streams it. */
  chat(
    body: ChatBody,
    options?: Pick<FollowOptions, "signal" | "onRetry" | "maxAttempts">,
  ): Promise<ChatStream>;
  /** Starts a turn and leaves it to the server. */
  send(body: ChatBody): Promise<Accepted>;
  list(options?: ListOptions): Promise<ListAnswer>;
  /** The one conversation whose id starts so; several: `ambiguous-id` with `details.data.candidates`. */
  resolve(prefix: string): Promise<ConversationView>;
  get(conversationId: string): Promise<ConversationView>;
  messages(
    conversationId: string,
    window?: { after?: number; before?: number; limit?: number; all?: boolean },
  ): Promise<MessagesAnswer>;
  /** Waits for the running turn, at most `timeoutMs` (60 s at the server). */
  last(conversationId: string, options?: { timeoutMs?: number; signal?: AbortSignal }): Promise<LastAnswer>;
  status(conversationId: string): Promise<ConversationStatusAnswer>;
  /** Aborts the running turn, or only the one named; resolves when it is sealed. */
  stop(conversationId: string, turnId?: string): Promise<StopAnswer>;
  close(conversationId: string): Promise<ConversationView>;
  /** Removes it. Its document is archived on the server first, unless `archive` is false. */
  delete(conversationId: string, options?: { archive?: boolean }): Promise<DeleteAnswer>;
  /** Its document, as it comes. */
  export(conversationId: string, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  /** Makes a conversation of a document; under `id`, else under its own when that is free, else under a new one. */
  import(document: Blob | Uint8Array<ArrayBuffer>, id?: string): Promise<ConversationView>;
  /** Uploads a file for the `attachments` of messages. The server keeps it while a conversation uses it, unused for a day. */
  attach(
    file: Blob | Uint8Array<ArrayBuffer>,
    about?: { name?: string; mimeType?: string },
  ): Promise<Attachment>;
  /** Aborts the running turn and starts an empty context; settings and the old text stay. */
  reset(conversationId: string): Promise<ConversationView>;
  /** Makes the context start at a summary. */
  compact(conversationId: string, options?: CompactBody): Promise<ConversationView>;
  /** Takes the last compaction back. */
  undoCompact(conversationId: string): Promise<ConversationView>;
  /** Keeps the provider's cache of it warm. */
  warm(conversationId: string): Promise<WarmAnswer>;
  /** Asks every client to show it. */
  open(conversationId: string): Promise<void>;
  /** Changes meta and settings, all or nothing; null clears one. */
  patch(conversationId: string, body: PatchBody): Promise<ConversationView>;
  setTitle(conversationId: string, title: string): Promise<unknown>;
  /** Follows the conversation, through cuts and restarts of the server. */
  events(conversationId: string, options?: FollowOptions): AsyncIterable<StreamItem>;
  models(): Promise<ModelsAnswer>;
  /** What the server was configured with, secrets hidden. Needs the scope `admin`. */
  config(): Promise<ConfigAnswer>;
  /** The settings of a new conversation that sets none, each with where it comes from. */
  defaults(workspace?: string): Promise<DefaultsAnswer>;
  /** Calls that wait for a person's word. */
  approvals(): Promise<{ items: readonly Approval[] }>;
  /** Answers one; rejects with `approval-not-found` or `approval-answered` when somebody else was first. */
  answerApproval(approvalId: string, decision: ApprovalDecision): Promise<void>;
  extensions(): Promise<{ items: readonly ExtensionRow[] }>;
  /** Commands that extensions of the server contribute. */
  commands(): Promise<CommandsAnswer>;
  /** Runs one; what it refuses is its error. */
  runCommand(name: string, body: RunCommandBody, signal?: AbortSignal): Promise<CommandAnswer>;
}

/**
 * @example
 * const client = createClient({ url: "http://127.0.0.1:24203", token });
 * for await (const { event } of await client.chat({ message: "Hello" })) console.log(event?.type);
 */
export function createClient(options: ClientOptions): Client {
  const http = createHttp(options);
  const waiting: Waiting = { ...options, sleep: options.sleep ?? sleep };
  const newKey = options.newKey ?? (() => crypto.randomUUID());
  const of = (conversationId: string) => `/conversations/${segment(conversationId)}`;

  const post = <T>(path: string, body: unknown = {}): Promise<T> => http.json(path, { method: "POST", body });

  return {
    url: options.url,
    health: (signal) => http.json("/health", { signal }),
    chat: (body, chat = {}) => startChat(http, waiting, body, { ...chat, idempotencyKey: newKey() }),
    send: (body) =>
      http.json("/chat", {
        method: "POST",
        body,
        headers: { prefer: "respond-async", "idempotency-key": newKey() },
      }),
    list: (query = {}) => http.json("/conversations", { query: { ...query } }),
    resolve: (prefix) => http.json("/conversations/resolve", { query: { prefix } }),
    get: (id) => http.json(of(id)),
    messages: (id, window = {}) => http.json(`${of(id)}/messages`, { query: { ...window } }),
    last: (id, { timeoutMs, signal } = {}) => http.json(`${of(id)}/last`, { query: { timeoutMs }, signal }),
    status: (id) => http.json(`${of(id)}/status`),
    stop: (id, turnId) =>
      http.json(`${of(id)}/stop`, { method: "POST", body: turnId === undefined ? {} : { turnId } }),
    close: (id) => http.json(`${of(id)}/close`, { method: "POST", body: {} }),
    delete: (id, { archive } = {}) => http.json(of(id), { method: "DELETE", query: { archive } }),
    async export(id, signal) {
      const { body } = await http.open(`${of(id)}/export`, { signal });
      return body ?? new Blob([]).stream();
    },
    import: (document, id) =>
      http.json("/conversations/import", {
        method: "POST",
        query: { id },
        raw: { type: "application/jsonl", body: document },
        headers: { "idempotency-key": newKey() },
      }),
    attach: (file, { name, mimeType } = {}) => {
      const type = mimeType ?? (file instanceof Blob ? file.type : "");
      return http.json("/attachments", {
        method: "POST",
        query: { name },
        raw: { type: type === "" ? "application/octet-stream" : type, body: file },
      });
    },
    reset: (id) => post(`${of(id)}/reset`),
    compact: (id, options = {}) => post(`${of(id)}/compact`, options),
    undoCompact: (id) => post(`${of(id)}/compact/undo`),
    warm: (id) => post("/chat/warm", { conversationId: id }),
    open: async (id) => void (await post(`${of(id)}/open`)),
    patch: (id, body) =>
      http.json(of(id), { method: "PATCH", body, headers: { "idempotency-key": newKey() } }),
    setTitle: (id, value) => http.json(`${of(id)}/title`, { method: "PUT", body: { value } }),
    events: (id, events) => follow(http, waiting, id, events),
    models: () => http.json("/models"),
    config: () => http.json("/config"),
    defaults: (workspace) => http.json("/defaults", { query: { workspace } }),
    approvals: () => http.json("/approvals"),
    async answerApproval(id, decision) {
      const answer = await http.open(`/approvals/${segment(id)}`, { method: "POST", body: { decision } });
      await answer.body?.cancel();
    },
    extensions: () => http.json("/extensions"),
    commands: () => http.json("/commands"),
    runCommand: (name, body, signal) =>
      http.json(`/commands/${segment(name)}`, {
        method: "POST",
        body,
        headers: { "idempotency-key": newKey() },
        signal,
      }),
  };
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
  });
}
