/**
 * `@dispatch/wire/shown`: what a client needs at run time to show a conversation (the reducer, cursors, close codes) and
 * no schema, so that a bundle for browsers carries no validator. All of it is in `@dispatch/wire` too.
 */
export * from "./close-codes.ts";
export * from "./config-differences.ts";
export * from "./cursor.ts";
export * from "./is-delta.ts";
export * from "./sentences.ts";
export * from "./step-ids.ts";
export * from "./title.ts";
export * from "./turn-ends.ts";
export * from "./turn-error.ts";
export * from "./view.ts";
export * from "./view-messages.ts";
