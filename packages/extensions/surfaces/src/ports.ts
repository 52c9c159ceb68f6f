/**
 * `@dispatch/surfaces/ports`: the point `surfaces`, where an extension declares a small interface as data: its parts, their
 * values, what can be done with them. Every client draws it with its own means. Values come from the server; a client
 * sends back which action was invoked with which value.
 */
import { type Dispose, definePoint, type Schema } from "@dispatch/kernel";
import type { CallContext } from "@dispatch/session-orchestrator/ports";
import type { Scope } from "@dispatch/transport-http/ports";
import type { SurfaceScope, SurfaceState } from "@dispatch/wire";

export type { SurfacePart, SurfaceState } from "@dispatch/wire";

/** Undefined in a surface of global scope. */
export type SurfaceTarget = string | undefined;

export interface SurfaceDefinition {
  readonly title: string;
  readonly scope: SurfaceScope;
  /**
   * What it shows now, within `surfaceLimits` of the wire. Asked when a client subscribes and after `changed`; of one target
   * never twice at once. The conversation exists. What it throws is shown to its own subscribers; a `DispatchError` as it is.
   */
  read(conversationId: SurfaceTarget): Promise<SurfaceState> | SurfaceState;
  /**
   * Calls `changed` whenever `read` would give something else, as often as it likes. Returns its undo, which is called when
   * nobody is left who looks at that target.
   */
  watch(conversationId: SurfaceTarget, changed: () => void): Dispose;
  readonly actions?: Readonly<Record<string, SurfaceAction>> | undefined;
}

export interface SurfaceAction {
  readonly scope: Scope;
  /** Of its value, checked before `run`: zod or plain JSON Schema. Absent: any JSON within `surfaceLimits`. */
  readonly value?: Schema | undefined;
  /**
   * What it throws is a `DispatchError`. A repeat under an idempotency key that was carried out does not come here; hand
   * `call` on to `sessions`, so that one cut by a crash is harmless too.
   */
  run(conversationId: SurfaceTarget, value: unknown, call: CallContext): Promise<void> | void;
}

/** Surfaces by name. */
export const surfaces = definePoint<SurfaceDefinition>()("surfaces/surfaces");
