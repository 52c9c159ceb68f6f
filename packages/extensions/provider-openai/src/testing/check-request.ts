/**
 * The strict check: what api.openai.com would say about a chat-completions body.
 * Pure; every fault is returned, not only the first.
 */
import { checkBody } from "./check-body.ts";
import { checkMessage } from "./check-message.ts";
import { checkPairing } from "./check-pairing.ts";
import { checkTools } from "./check-tools.ts";
import { emptyArray, type Fault, isObject, missing, wrongType } from "./fault.ts";

/** What to tolerate beyond the real API, for providers that speak a dialect of it. */
export interface CheckRules {
  /** Further fields of the request body. Default none. */
  readonly bodyFields?: readonly string[];
  /** Further fields of assistant messages, such as `reasoning_content`. Default none. */
  readonly messageFields?: readonly string[];
}

/**
 * Every rule of the real API that `body` breaks; an empty array when it would be accepted.
 *
 * @example
 * checkRequest({ model: 'm', messages: [] })[0]?.reason; // 'empty-messages'
 */
export function checkRequest(body: unknown, rules: CheckRules = {}): Fault[] {
  if (!isObject(body)) return [wrongType("body-not-object", "body", "an object", body)];
  return [
    ...checkBody(body, rules.bodyFields ?? []),
    ...checkMessages(body.messages, rules.messageFields ?? []),
    ...checkTools(body),
    ...checkText(body, ""),
  ];
}

function checkMessages(messages: unknown, extraFields: readonly string[]): Fault[] {
  if (messages === undefined) return [missing("missing-field", "messages")];
  if (!Array.isArray(messages)) return [wrongType("wrong-type", "messages", "an array of objects", messages)];
  if (messages.length === 0) return [emptyArray("empty-messages", "messages")];
  return [
    ...messages.flatMap((message, index) => checkMessage(message, `messages[${index}]`, extraFields)),
    ...checkPairing(messages),
  ];
}

/** Half of a surrogate pair cannot be encoded as UTF-8: the real API fails to parse such a body. */
function checkText(value: unknown, path: string): Fault[] {
  if (typeof value === "string") return /\p{Surrogate}/u.test(value) ? [loneSurrogate(path)] : [];
  if (Array.isArray(value)) return value.flatMap((item, index) => checkText(item, `${path}[${index}]`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([field, item]) => {
    const at = path === "" ? field : `${path}.${field}`;
    return [...checkText(field, at), ...checkText(item, at)];
  });
}

function loneSurrogate(path: string): Fault {
  const message = `We could not parse the JSON body of your request: lone surrogate in '${path}'.`;
  return { reason: "lone-surrogate", message, param: path, code: null };
}
