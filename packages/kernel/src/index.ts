/** `@dispatch/kernel`: what an extension author imports. The host and the turn have entries of their own. */
export * from "./contracts/extension.ts";
export * from "./contracts/handles.ts";
export * from "./contracts/host-api.ts";
export * from "./contracts/kv.ts";
export * from "./contracts/manifest.ts";
export * from "./contracts/points.ts";
export * from "./contracts/provider.ts";
export * from "./contracts/redaction.ts";
export * from "./contracts/schema.ts";
export * from "./contracts/tool.ts";
export * from "./contracts/turn.ts";
export { nearest } from "./text/nearest.ts";
