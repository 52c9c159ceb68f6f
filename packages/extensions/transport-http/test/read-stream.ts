/** Streams as a client reads them. */
export interface SseMessage {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

/** The messages of a body, comments as `{ event: ":" }`; until the end, or until there are `most`, when the body is cancelled. */
export async function readSse(response: Response, most = Number.POSITIVE_INFINITY): Promise<SseMessage[]> {
  const messages: SseMessage[] = [];
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (reader && messages.length < most) {
    const { done, value } = await reader.read();
    if (done) return messages;
    const parts = (text + value).split("\n\n");
    text = parts.pop() ?? "";
    messages.push(...parts.map(parseMessage));
  }
  await reader?.cancel();
  return messages.slice(0, most);
}

function parseMessage(block: string): SseMessage {
  if (block.startsWith(":")) return { id: "", event: ":", data: undefined };
  const fields = new Map(block.split("\n").map((line) => line.split(/: (.*)/s, 2) as [string, string]));
  return {
    id: fields.get("id") ?? "",
    event: fields.get("event") ?? "",
    data: JSON.parse(fields.get("data") ?? "null"),
  };
}

export interface Line {
  readonly cursor: string;
  readonly event: {
    readonly type: string;
    readonly seq?: number;
    readonly turnId?: string;
    readonly text?: string;
  };
}

export const readLines = async (response: Response): Promise<Line[]> =>
  (await response.text())
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
