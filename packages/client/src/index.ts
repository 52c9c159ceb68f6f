/**
 * `@dispatch/client`: talks to a Dispatch server from a browser or from Node. It knows the wire by its types only, so
 * it adds a few kilobytes and no dependency to whoever loads it.
 */

export type { ConversationStatusAnswer, ExtensionRow, HealthAnswer } from "./answers.ts";
export { type BackoffOptions, createBackoff } from "./backoff.ts";
export { type ChatStream, endsTurn } from "./chat-stream.ts";
export { type Client, type ClientOptions, createClient, type ListOptions } from "./client.ts";
export { type ClientError, isClientError } from "./client-error.ts";
export type { FollowOptions, StreamItem } from "./follow.ts";
export type { ConnectionTimes, LiveState } from "./live/connection.ts";
export type { Abortable, FollowFrom, Live, LiveChat, LiveOptions, QueueBody } from "./live/contract.ts";
export type { Follower } from "./live/conversation/entry.ts";
export type { Following } from "./live/conversation/follows.ts";
export type { LiveView, RunningTool } from "./live/conversation/live-view.ts";
export type { Watched, WatchOptions } from "./live/conversation/watch.ts";
export type { Clock, Frame, Transport } from "./live/links/link.ts";
export type { SocketEvent, SocketLike, WebSocketConstructor } from "./live/links/socket.ts";
export type { ListOptions as LiveListOptions } from "./live/list.ts";
export { createLive } from "./live/live.ts";
export type { Answer, PendingSend } from "./live/requests.ts";
export { readNdjson } from "./ndjson.ts";
export { readSse, type SseEvent } from "./sse.ts";
