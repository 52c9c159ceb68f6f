/**
 * `@dispatch/client`: talks to a Dispatch server from a browser or from Node. It knows the wire by its types only, so
 * it adds a few kilobytes and no dependency to whoever loads it.
 */

export type { ConversationStatusAnswer, ExtensionRow, HealthAnswer } from "./answers.ts";
export { type BackoffOptions, createBackoff } from "./backoff.ts";
export type { ChatStream } from "./chat-stream.ts";
export { type Client, type ClientOptions, createClient, type ListOptions } from "./client.ts";
export { type ClientError, isClientError } from "./client-error.ts";
export type { FollowOptions, StreamItem } from "./follow.ts";
export { readNdjson } from "./ndjson.ts";
export { readSse, type SseEvent } from "./sse.ts";
