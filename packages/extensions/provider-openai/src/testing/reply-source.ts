/** Decides which reply a request gets: scripted ones first, then the prompt's own script, then the fallback. */
import { createHash } from "node:crypto";
import { promptReply } from "./prompt-script.ts";
import type { ReceivedRequest } from "./records.ts";
import type { Reply } from "./reply.ts";

/** A reply, or a function that makes one when its request is there. */
export type ReplyMaker = Reply | ((request: ReceivedRequest) => Reply | Promise<Reply>);

/** Which requests a scripted reply is for. */
export type RequestFilter = (request: ReceivedRequest) => boolean;

/** The scripted replies of one server. */
export interface ReplySource {
  /** Queues a reply for the next request that passes `when`. */
  script(reply: ReplyMaker, when: RequestFilter): void;
  /** Sets what answers requests nothing was scripted for. */
  respond(reply: ReplyMaker): void;
  /** Takes the reply for `request`; undefined when there is none. */
  next(request: ReceivedRequest, usePrompt: boolean): Promise<Reply | undefined>;
  /** How many queued replies nobody has asked for. */
  waiting(): number;
}

/** A filter for requests that name this model. */
export function forModel(model: string): RequestFilter {
  return (request) => request.body.model === model;
}

/** A filter for requests whose messages contain `text` somewhere, to tell parallel conversations apart. */
export function forText(text: string): RequestFilter {
  const needle = JSON.stringify(text).slice(1, -1);
  return (request) => JSON.stringify(request.body.messages).includes(needle);
}

/** An empty source. */
export function createReplySource(): ReplySource {
  const queue: { reply: ReplyMaker; when: RequestFilter }[] = [];
  const attempts = new Map<string, number>();
  let fallback: ReplyMaker | undefined;

  const attemptOf = (request: ReceivedRequest): number => {
    const key = createHash("sha256").update(JSON.stringify(request.body.messages)).digest("base64");
    const attempt = attempts.get(key) ?? 0;
    attempts.set(key, attempt + 1);
    return attempt;
  };

  return {
    script(reply, when) {
      queue.push({ reply, when });
    },
    respond(reply) {
      fallback = reply;
    },
    async next(request, usePrompt) {
      const at = queue.findIndex((entry) => entry.when(request));
      const queued = at < 0 ? undefined : queue.splice(at, 1)[0]?.reply;
      const prompted = () => (usePrompt ? promptReply(request.body.messages, attemptOf(request)) : undefined);
      const chosen = queued ?? prompted() ?? fallback;
      return typeof chosen === "function" ? chosen(request) : chosen;
    },
    waiting: () => queue.length,
  };
}
