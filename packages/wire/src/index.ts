/** `@dispatch/wire`: every shape that crosses a process border, and the reducer which turns events into messages. */
export * from "./close-codes.ts";
export * from "./cursor.ts";
export * from "./errors.ts";
export * from "./event-schemas.ts";
export * from "./events.ts";
export * from "./http.ts";
export * from "./ids.ts";
export * from "./is-delta.ts";
export * from "./messages.ts";
export * from "./queue.ts";
export * from "./records.ts";
export * from "./settings.ts";
export * from "./step-ids.ts";
export * from "./usage.ts";
export * from "./view.ts";
export * from "./view-messages.ts";
export * from "./ws.ts";
