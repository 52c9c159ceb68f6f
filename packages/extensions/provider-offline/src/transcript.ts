/** What has happened since the last prompt, read off the messages of a request. */
import type { ModelMessage } from "@dispatch/kernel";

export interface Finding {
  readonly tool: string;
  /** Path it was called with; "" without one. */
  readonly path: string;
  readonly output: string;
  readonly failed: boolean;
  /** Which answer of this turn made the call, from 0. */
  readonly step: number;
}

export interface Transcript {
  readonly prompt: string;
  readonly findings: readonly Finding[];
}

const textOf = (message: ModelMessage | undefined): string =>
  (message?.chunks ?? []).map((chunk) => (chunk.type === "text" ? chunk.text : "")).join("\n");

export function readTranscript(messages: readonly ModelMessage[]): Transcript {
  const last = messages.findLastIndex((message) => message.role === "user");
  const calls = new Map<string, { path: string; step: number }>();
  const findings: Finding[] = [];
  let step = -1;
  for (const message of messages.slice(last + 1)) {
    if (message.role === "assistant") step += 1;
    for (const chunk of message.chunks) {
      if (chunk.type === "tool-call") calls.set(chunk.callId, { path: pathOf(chunk.input), step });
      else if (chunk.type === "tool-result") {
        const { path = "", step: at = step } = calls.get(chunk.callId) ?? {};
        findings.push({ tool: chunk.name, path, output: chunk.output, failed: chunk.isError, step: at });
      }
    }
  }
  return { prompt: textOf(messages[last]), findings };
}

/** The user's words so far, oldest first, for a summary. */
export const promptsOf = (messages: readonly ModelMessage[]): string[] =>
  messages.filter((message) => message.role === "user").map(textOf);

const pathOf = (input: unknown): string =>
  typeof input === "object" && input !== null && "path" in input && typeof input.path === "string"
    ? input.path
    : "";
