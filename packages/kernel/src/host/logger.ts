/** The logger of one extension: every line carries its id. */
import type { Logger } from "../contracts/host-api.ts";
import type { LogSink } from "./runtime.ts";

export const createLogger = (extensionId: string, log: LogSink): Logger => ({
  debug: (message, fields) => log("debug", extensionId, message, fields),
  info: (message, fields) => log("info", extensionId, message, fields),
  warn: (message, fields) => log("warn", extensionId, message, fields),
  error: (message, fields) => log("error", extensionId, message, fields),
});
