/** Scripts inside prompts: a user message that holds `{"strict": {"replies": […]}}` says what to answer to it. */
import { isObject } from "./fault.ts";
import type { ChatMessage } from "./records.ts";
import type { Reply } from "./reply.ts";

/**
 * One reply for each request of a turn, by the number of assistant messages behind the user message. An array in
 * place of a reply holds the answers to repeated attempts of the same request; the last one stays.
 */
export interface PromptScript {
  readonly replies: readonly (Reply | readonly Reply[])[];
}

/** The text of a prompt that scripts its own turn; `say` is put before the script, for people and titles. */
export function scriptedPrompt(replies: PromptScript["replies"], say = "Play this:"): string {
  return `${say} ${JSON.stringify({ strict: { replies } })}`;
}

/**
 * What the last user message scripts for this request: undefined without a script, or when the script is over.
 * `attempt` counts earlier requests with the same messages, from 0.
 */
export function promptReply(messages: readonly ChatMessage[], attempt: number): Reply | undefined {
  const last = messages.findLastIndex((message) => message.role === "user");
  const script = findScript(plainText(messages[last]?.content));
  const step = messages.slice(last + 1).filter((message) => message.role === "assistant").length;
  const planned = script?.replies[step];
  return isList(planned) ? planned[Math.min(attempt, planned.length - 1)] : planned;
}

function isList(planned: Reply | readonly Reply[] | undefined): planned is readonly Reply[] {
  return Array.isArray(planned);
}

/** The first script in `text`, wherever it stands. */
export function findScript(text: string): PromptScript | undefined {
  for (const { index } of text.matchAll(/\{\s*"strict"\s*:/g)) {
    const found = parsed(balanced(text, index));
    const script = isObject(found) && isObject(found.strict) ? found.strict : {};
    if (Array.isArray(script.replies)) return { replies: script.replies };
  }
  return undefined;
}

function plainText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part) => (isObject(part) && typeof part.text === "string" ? part.text : "")).join("\n");
}

/** The text from the brace at `start` to the one that closes it. */
function balanced(text: string, start: number): string {
  let depth = 0;
  const tokens = /"(?:[^"\\]|\\.)*"|[{}]/gs;
  tokens.lastIndex = start;
  for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
    if (token[0] === "{") depth += 1;
    else if (token[0] === "}") depth -= 1;
    if (depth === 0) return text.slice(start, tokens.lastIndex);
  }
  return "";
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
