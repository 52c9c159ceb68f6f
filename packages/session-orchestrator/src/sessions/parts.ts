/** What the session methods share. */
import type { Conversations } from "../conversation/conversations.ts";
import type { Core } from "../core.ts";
import type { Idempotency } from "../idempotency.ts";
import type { Recovery } from "../recovery/recovery.ts";

export interface Parts {
  readonly core: Core;
  readonly conversations: Conversations;
  readonly idempotency: Idempotency;
  readonly recovery: Recovery;
  /** False once the server stops: nothing new is admitted. */
  admitting(): boolean;
}
