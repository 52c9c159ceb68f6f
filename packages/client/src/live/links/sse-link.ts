/** The same frames over server-sent events and requests: what is left where no WebSocket gets through. */
import type { Accepted, Snapshot } from "@dispatch/wire";
import { closeCodes, decodeCursor, encodeCursor } from "@dispatch/wire/shown";
import { type ClientError, clientError, isClientError } from "../../client-error.ts";
import { type Http, segment } from "../../http.ts";
import { readSse } from "../../sse.ts";
import { type Clock, connectionLost, type Frame, type Link, type LinkEvents } from "./link.ts";
import { operationOf } from "./sse-operations.ts";

export interface SseLinkOptions {
  readonly http: Http;
  readonly clock: Clock;
  /** Pause between two looks at the list of conversations, in ms. */
  readonly pollMs: number;
  /** Silence after which a stream is dead, in ms; the server sends something every 15 s. */
  readonly silenceMs: number;
}

const largestBody = 1_048_576;

export function openSseLink(options: SseLinkOptions, on: LinkEvents): Link {
  const { http, clock } = options;
  const streams = new Map<string, AbortController>();
  /** Of requests that are answered even when the link is closed gently. */
  const requests = new AbortController();
  let list: AbortController | undefined;
  let isOver = false;

  function end(error: unknown): void {
    if (isOver) return;
    const lost = isClientError(error) ? error : clientError("stream-ended", "The stream was cut.");
    close();
    on.ended({ code: lost.status === 401 ? closeCodes.authRevoked : 1006, error: lost });
  }
  function close({ gently = false } = {}): void {
    isOver = true;
    for (const stream of streams.values()) stream.abort();
    streams.clear();
    list?.abort();
    if (!gently) requests.abort();
  }

  const ok = (frame: Frame, answer: object = {}) => on.frame({ ...answer, type: "ok", id: frame.id ?? "" });
  /** An answer of the server is one to the frame; no answer is the end of the link. */
  function fail(frame: Frame, error: unknown): void {
    if (requests.signal.aborted) return;
    if (isOver) on.frame({ type: "error", id: frame.id ?? "", error: problemOf(connectionLost()) });
    // 408: only a part of it got through, as good as none.
    else if (!isClientError(error) || [0, 401, 408].includes(error.status)) end(error);
    else {
      on.frame({ type: "error", id: frame.id ?? "", error: problemOf(error) });
      // Without a stream that it ends, nothing would tell when the server has gone and come back.
      if (["shutting-down", "starting"].includes(error.code) && streams.size === 0) end(error);
    }
  }

  function replaceStream(conversationId: string): AbortSignal {
    streams.get(conversationId)?.abort();
    const stream = new AbortController();
    streams.set(conversationId, stream);
    return stream.signal;
  }

  /** Gives a body's events as frames; resolves with the last cursor when it ends. */
  async function relay(
    conversationId: string,
    response: Response,
    signal: AbortSignal,
    first: { id?: string; after: string | undefined },
  ): Promise<string | undefined> {
    const { id, after } = first;
    let answer: { id?: string } | undefined = id === undefined ? {} : { id };
    let cursor = after;
    const subscribed = (fields: { mode: string; cursor: string; snapshot?: Snapshot }) => {
      on.frame({ type: "chat.subscribed", conversationId, ...answer, ...fields });
      answer = undefined;
    };
    if (after !== undefined) subscribed({ mode: "replay", cursor: after });
    if (!response.body) throw clientError("bad-answer", "The server gave no stream.");
    const heard = silence(signal);
    try {
      const body = response.body.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(bytes, to) {
            heard.again();
            to.enqueue(bytes);
          },
        }),
      );
      for await (const event of readSse(body)) {
        if (signal.aborted) return cursor;
        cursor = event.id;
        const data = JSON.parse(event.data);
        if (event.type === "snapshot") subscribed({ mode: "snapshot", cursor, snapshot: data as Snapshot });
        else on.frame({ type: "chat.delta", conversationId, cursor, events: [data] });
      }
    } finally {
      heard.stop();
    }
    return cursor;
  }

  function silence(signal: AbortSignal): { again(): void; stop(): void } {
    const dead = () =>
      !signal.aborted && end(clientError("stream-ended", "Nothing came from the server any more."));
    let undo = clock.after(options.silenceMs, dead);
    signal.addEventListener("abort", () => undo(), { once: true }); // its body may end later, or never
    return {
      again() {
        undo();
        undo = clock.after(options.silenceMs, dead);
      },
      stop: () => undo(),
    };
  }

  async function follow(
    conversationId: string,
    signal: AbortSignal,
    first: { id?: string; after: string | undefined },
  ): Promise<void> {
    const response = await http.open(`/conversations/${segment(conversationId)}/events`, {
      headers: { accept: "text/event-stream" },
      query: { after: first.after },
      signal,
    });
    await relay(conversationId, response, signal, first);
    if (!signal.aborted) await closed(conversationId, signal);
  }

  /** The server ends a stream when it stops, or when the conversation is deleted. */
  async function closed(conversationId: string, signal: AbortSignal): Promise<void> {
    try {
      await http.json(`/conversations/${segment(conversationId)}`, { signal });
      end(undefined);
    } catch (error) {
      if (signal.aborted) return;
      if (!isClientError(error) || error.status !== 404) return end(error);
      streams.delete(conversationId);
      on.frame({ type: "conversation.deleted", conversationId });
    }
  }

  async function subscribe(frame: Frame): Promise<void> {
    const conversationId = String(frame.conversationId);
    const signal = replaceStream(conversationId);
    try {
      const after = frame.after === undefined ? undefined : String(frame.after);
      await follow(conversationId, signal, { id: frame.id ?? "", after });
    } catch (error) {
      if (!signal.aborted) fail(frame, error);
    }
  }

  /** The events of the turn from its first record on are those of a repeat under the same key; then all that follow. */
  async function followTurn(frame: Frame, accepted: Accepted): Promise<void> {
    const { conversationId, seq } = accepted;
    const operation = operationOf(frame);
    const place = decodeCursor(accepted.cursor);
    if (!operation || !place || frame.idempotencyKey === undefined || streams.has(conversationId)) return;
    const signal = replaceStream(conversationId);
    const headers = { ...operation.headers, prefer: "", accept: "text/event-stream" };
    try {
      const response = await http.open(operation.path, { ...operation, headers, signal });
      const before = encodeCursor({ ...place, seq: seq - 1, check: "0", blocks: new Map() });
      const after = await relay(conversationId, response, signal, { after: before });
      if (!signal.aborted) await follow(conversationId, signal, { after });
    } catch (error) {
      if (!signal.aborted) end(error);
    }
  }

  async function request(frame: Frame): Promise<void> {
    const operation = operationOf(frame);
    if (!operation) {
      const error = clientError(
        "not-implemented",
        `${frame.type} needs a WebSocket, and none gets through here.`,
      );
      on.frame({ type: "error", id: frame.id ?? "", error: problemOf(error) });
      return;
    }
    try {
      const response = await http.open(operation.path, { ...operation, signal: requests.signal });
      const answer: unknown = response.status === 204 ? {} : await response.json();
      ok(frame, answer as object);
      if (frame.type === "chat.send" && !isOver) await followTurn(frame, answer as Accepted);
    } catch (error) {
      fail(frame, error);
    }
  }

  async function followList(frame: Frame): Promise<void> {
    list?.abort();
    const own = new AbortController();
    list = own;
    let known: string | undefined;
    const look = async (): Promise<void> => {
      try {
        const page = await http.json<object>("/conversations", { signal: own.signal });
        const text = JSON.stringify(page);
        if (known === undefined) ok(frame, page);
        else if (text !== known) on.frame({ ...page, type: "conversations.page" });
        known = text;
      } catch (error) {
        if (own.signal.aborted) return;
        if (known === undefined) return fail(frame, error);
        if (!isClientError(error) || error.status === 0 || error.status === 401) return end(error);
      }
      const undo = clock.after(options.pollMs, () => void look());
      own.signal.addEventListener("abort", undo, { once: true });
    };
    await look();
  }

  async function serve(frame: Frame): Promise<void> {
    if (isOver) return;
    if (frame.type === "chat.subscribe") return subscribe(frame);
    if (frame.type === "conversations.subscribe") return followList(frame);
    if (frame.type === "chat.unsubscribe") {
      const conversationId = String(frame.conversationId);
      streams.get(conversationId)?.abort();
      streams.delete(conversationId);
      return ok(frame);
    }
    if (frame.type === "ping" || frame.type === "surface.unsubscribe") return ok(frame);
    if (frame.type === "conversations.unsubscribe") {
      list?.abort();
      return ok(frame);
    }
    return request(frame);
  }

  void Promise.resolve().then(() => !isOver && on.opened({ frameBytes: largestBody }));
  return {
    transport: "sse",
    send: (frame) => void serve(frame),
    close,
  };
}

const problemOf = ({ code, message, status, details }: ClientError) => {
  const { data, ...rest } = details;
  return { ...data, ...rest, type: "about:blank", title: message, status, code, detail: message };
};
