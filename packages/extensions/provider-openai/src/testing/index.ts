/** Test counterpart of the OpenAI provider: a scripted chat-completions server as strict as the real one. */
export { type CheckRules, checkRequest } from "./check-request.ts";
export {
  type ApiError,
  contextOverflow,
  errorReply,
  quotaExceeded,
  rateLimited,
  serverError,
  unauthorized,
} from "./error-replies.ts";
export type { Fault, FaultReason } from "./fault.ts";
export { fileLog } from "./file-log.ts";
export { type PromptScript, scriptedPrompt } from "./prompt-script.ts";
export type {
  ChatBody,
  ChatMessage,
  LogLine,
  LogSink,
  ReceivedRequest,
  Refusal,
  SentCall,
  SentReply,
  TransportReason,
} from "./records.ts";
export {
  type CallSpec,
  type CallsStep,
  type Cut,
  calls,
  cut,
  type FinishReason,
  type FirehoseStep,
  heldUntil,
  type Pace,
  type PartialUsage,
  type ReasoningStep,
  type Reply,
  reasoning,
  reply,
  type Step,
  type StepsReply,
  silence,
  type TextStep,
  text,
  type Usage,
  type WholeReply,
} from "./reply.ts";
export { forModel, forText, type ReplyMaker, type RequestFilter } from "./reply-source.ts";
export type { StrictServerOptions } from "./server-options.ts";
export { type StrictServer, startStrictServer } from "./strict-server.ts";
