/** The body of `POST /chat/completions`, put together from JSON that mostly exists already. */
import type { ProviderRequest, ToolSpec } from "@dispatch/kernel";
import { effortFor, isReasoningModel } from "../model-traits.ts";
import type { EncodeHistory } from "./encode-history.ts";
import type { Shown } from "./encode-message.ts";
import { toJson } from "./to-json.ts";

/** The body as text. `official`: it goes to OpenAI itself, which takes fields that compatible servers refuse. */
export function encodeRequest(
  request: ProviderRequest,
  official: boolean,
  encodeHistory: EncodeHistory,
  shown: Shown = new Map(),
): string {
  const { model, system, tools, maxOutputTokens: limit } = request;
  const history = encodeHistory(request, shown);
  const messages = [
    ...(system ? [toJson({ role: "system", content: system })] : []),
    ...(history === "" ? [] : [history]),
  ];
  const effort = effortFor(model, request.effort, official && tools.length > 0);
  // What a step and a cache warming share comes first, so that their bodies begin with the same bytes.
  const head = { model, ...(tools.length === 0 ? {} : { tools: tools.map(encodeTool) }) };
  const tail = {
    stream: true,
    stream_options: { include_usage: true },
    ...(effort === undefined ? {} : { reasoning_effort: effort }),
    ...(limit === undefined
      ? {}
      : { [isReasoningModel(model) ? "max_completion_tokens" : "max_tokens"]: limit }),
    ...(official ? { prompt_cache_key: request.conversationId } : {}),
  };
  return `${toJson(head).slice(0, -1)},"messages":[${messages.join(",")}],${toJson(tail).slice(1)}`;
}

const encodeTool = ({ name, description, inputSchema }: ToolSpec): object => ({
  type: "function",
  function: { name, description, parameters: inputSchema },
});
