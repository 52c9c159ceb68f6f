/** The messages a turn produces: per step one assistant message and one tool message, steering in between. */
import type { ModelChunk, ModelMessage } from "../contracts/provider.ts";
import type { SteeringMessage } from "../contracts/turn.ts";
import type { SealedBlock } from "./blocks.ts";

/** The chunks of one step's assistant message, in the order they were recorded. */
export interface AnswerChunks {
  readonly chunks: readonly ModelChunk[];
  /** A continued block lengthens the chunk before it. */
  addBlock(block: SealedBlock): void;
  addCall(call: { callId: string; name: string; input: unknown; providerData?: unknown }): void;
}

export function createAnswerChunks(): AnswerChunks {
  const chunks: ModelChunk[] = [];
  return {
    chunks,
    addBlock({ type, text, continues, providerData }) {
      const data = providerData === undefined ? {} : { providerData };
      const last = chunks.at(-1);
      if (continues !== undefined && last?.type === type)
        chunks[chunks.length - 1] = { ...last, text: last.text + text, ...data };
      else chunks.push({ type, text, ...data });
    },
    addCall({ callId, name, input, providerData }) {
      chunks.push({
        type: "tool-call",
        callId,
        name,
        input,
        ...(providerData === undefined ? {} : { providerData }),
      });
    },
  };
}

/** The step's messages; one without content is left out. `results` in call order. */
export function stepMessages(
  stepId: string,
  answer: readonly ModelChunk[],
  results: readonly ModelChunk[],
): ModelMessage[] {
  const messages: ModelMessage[] = [];
  if (answer.length > 0) messages.push({ messageId: `${stepId}.a`, role: "assistant", chunks: answer });
  if (results.length > 0) messages.push({ messageId: `${stepId}.t`, role: "tool", chunks: results });
  return messages;
}

export const steeringMessage = ({ messageId, text }: SteeringMessage): ModelMessage => ({
  messageId,
  role: "user",
  chunks: [{ type: "text", text }],
});
