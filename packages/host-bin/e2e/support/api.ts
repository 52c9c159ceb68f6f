/** Talks to a server as any HTTP client would: nothing here knows how Dispatch is built. */
import type { DispatchEvent, Message, Snapshot, StreamLine } from "@dispatch/wire";

export interface Api {
  readonly url: string;
  request(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<Response>;
  json<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<T & { status?: number }>;
  /** POST /chat as NDJSON, to the end. */
  chat(body: Record<string, unknown>, headers?: Record<string, string>): Promise<StreamLine[]>;
  messages(id: string): Promise<Message[]>;
}

export function apiOf({ url, token }: { url: string; token: string }): Api {
  const request: Api["request"] = (method, path, body, headers = {}, signal) =>
    fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  const json: Api["json"] = async (method, path, body, headers) => {
    const response = await request(method, path, body, headers);
    const text = await response.text();
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`${method} ${path} gave ${response.status} ${text.slice(0, 500)}`);
    }
  };
  return {
    url,
    request,
    json,
    async chat(body, headers) {
      const response = await request("POST", "/chat", body, headers);
      if (response.status !== 200)
        throw new Error(`POST /chat gave ${response.status} ${await response.text()}`);
      return collect(ndjson(response));
    },
    messages: async (id) => (await json<{ items: Message[] }>("GET", `/conversations/${id}/messages`)).items,
  };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function* lines(response: Response): AsyncGenerator<string> {
  let rest = "";
  if (!response.body) return;
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  if (rest !== "") throw new Error(`the stream ended within a line: ${rest.slice(0, 200)}`);
}

export async function* ndjson(response: Response): AsyncGenerator<StreamLine> {
  for await (const line of lines(response)) if (line !== "") yield JSON.parse(line) as StreamLine;
}

export interface SseEvent {
  readonly id: string;
  readonly event: string;
  readonly data: DispatchEvent | Snapshot;
}

/** Server-sent events as the HTML standard has them, comments left out. */
export async function* sse(response: Response): AsyncGenerator<SseEvent> {
  let fields: Record<string, string> = {};
  for await (const line of lines(response)) {
    if (line === "") {
      if (fields.data !== undefined)
        yield { id: fields.id ?? "", event: fields.event ?? "message", data: JSON.parse(fields.data) };
      fields = {};
    } else if (!line.startsWith(":")) {
      const colon = line.indexOf(":");
      fields[line.slice(0, colon)] = line.slice(colon + 1).replace(/^ /, "");
    }
  }
}

/** The text of all assistant messages, in order. */
export const assistantText = (messages: readonly Message[]): string =>
  messages
    .filter(({ role }) => role === "assistant")
    .flatMap(({ chunks }) => chunks.map((chunk) => (chunk.type === "text" ? chunk.text : "")))
    .join("");
