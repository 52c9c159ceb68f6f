/** `@dispatch/session-orchestrator/ports`: what the orchestrator needs, what it offers, and its hooks. */
export * from "./ports/activity.ts";
export * from "./ports/approvals.ts";
export * from "./ports/attachments.ts";
export * from "./ports/check-batch.ts";
export * from "./ports/draining.ts";
export * from "./ports/hooks.ts";
export * from "./ports/inbox.ts";
export * from "./ports/log.ts";
export * from "./ports/models.ts";
export * from "./ports/queues.ts";
export * from "./ports/sessions.ts";
export * from "./ports/store-health.ts";
export * from "./ports/workplaces.ts";
