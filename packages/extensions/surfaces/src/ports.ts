/**
 * `@dispatch/surfaces/ports`: the point `surfaces`, where an extension declares a small interface as data: its parts, their
 * values, what can be done with them. Every client draws it with its own means. Values come from the server; a client
 * sends back which action was invoked with which value.
 */
import { type Dispose, definePoint } from "@dispatch/kernel";
import type { CallContext } from "@dispatch/session-orchestrator/ports";
import type { Scope } from "@dispatch/transport-http/ports";

interface Part {
  readonly id: string;
  readonly label: string;
}

/** What a surface is made of. `action`: the name to invoke; a part without one only shows. */
export type SurfacePart =
  | (Part & { readonly kind: "stat"; readonly value: string | number; readonly unit?: string })
  | (Part & { readonly kind: "progress"; readonly value: number; readonly max: number })
  | (Part & { readonly kind: "toggle"; readonly value: boolean; readonly action: string })
  | (Part & {
      readonly kind: "number";
      readonly value: number;
      readonly min?: number;
      readonly max?: number;
      readonly action: string;
    })
  | (Part & {
      readonly kind: "selector";
      readonly value: string;
      readonly options: readonly { readonly value: string; readonly label: string }[];
      readonly action: string;
    })
  | (Part & {
      readonly kind: "button";
      readonly action: string;
      /** Sent as the value of the action. */
      readonly value?: string;
      readonly danger?: boolean;
    })
  | (Part & {
      readonly kind: "table";
      readonly columns: readonly { readonly id: string; readonly label: string }[];
      readonly rows: readonly {
        readonly id: string;
        readonly cells: Readonly<Record<string, string | number | boolean>>;
        /** Buttons of the row: the value of the action is the row's id. */
        readonly actions?: readonly { readonly action: string; readonly label: string }[];
      }[];
    })
  /** Drawn only by clients that know `type`. */
  | (Part & { readonly kind: "custom"; readonly type: string; readonly data: unknown });

export interface SurfaceState {
  readonly parts: readonly SurfacePart[];
}

/** Undefined in a surface of global scope. */
export type SurfaceTarget = string | undefined;

export interface SurfaceDefinition {
  readonly title: string;
  readonly scope: "global" | "conversation";
  /** What it shows now; at most 256 KiB of JSON. Rejects with `conversation-not-found` where that applies. */
  read(conversationId: SurfaceTarget): Promise<SurfaceState>;
  /** Calls `changed` whenever `read` would give something else (coalesced by the caller). Returns its undo. */
  watch(conversationId: SurfaceTarget, changed: () => void): Dispose;
  readonly actions?: Readonly<Record<string, SurfaceAction>> | undefined;
}

export interface SurfaceAction {
  readonly scope: Scope;
  /** What it throws is a `DispatchError`. */
  run(conversationId: SurfaceTarget, value: unknown, call: CallContext): Promise<void>;
}

/** Surfaces by id. */
export const surfaces = definePoint<SurfaceDefinition>()("surfaces/surfaces");
