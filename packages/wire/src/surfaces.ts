/** Surfaces: small interfaces that extensions declare as data; any client draws them with its own means. */
import * as z from "zod";
import { problem } from "./errors.ts";
import { conversationId } from "./ids.ts";

type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T;

/** Name of a surface or of an action: what can stand in a path. */
export const surfaceName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "1 to 64 letters, digits, dots, dashes and underscores");

/** Bounds of one state, so that every client can draw every surface. */
export const surfaceLimits = {
  parts: 200,
  columns: 32,
  rows: 1_000,
  options: 500,
  /** Characters of any one text. */
  text: 10_000,
  /** Of a whole state as JSON, in bytes. */
  stateBytes: 262_144,
  /** Of the value of an action as JSON, in bytes. */
  valueBytes: 65_536,
  /** Arrays and objects within each other in such a value. */
  valueDepth: 16,
} as const;

const text = z.string().max(surfaceLimits.text);
const number = z.number();
const base = { id: surfaceName, label: text };
const part = <K extends string, S extends z.ZodRawShape>(kind: K, shape: S) =>
  z.strictObject({ kind: z.literal(kind), ...base, ...shape });

const option = z.strictObject({ value: text, label: text });
const column = z.strictObject({ id: surfaceName, label: text });
const row = z.strictObject({
  id: text,
  /** By column. A column without a cell is empty. */
  cells: z.record(surfaceName, z.union([text, number, z.boolean()])),
  /** Buttons of the row: the value of the action is the row's id. */
  actions: z
    .array(z.strictObject({ action: surfaceName, label: text }))
    .max(8)
    .optional(),
});

/** What a surface is made of. `action`: the name to invoke; a part without one only shows. */
export const surfacePart = z
  .discriminatedUnion("kind", [
    part("stat", { value: z.union([text, number]), unit: text.optional() }),
    part("progress", { value: number, max: number }),
    /** The value of its action is the new state. */
    part("toggle", { value: z.boolean(), action: surfaceName }),
    /** The value of its action is the new number. */
    part("number", {
      value: number,
      min: number.optional(),
      max: number.optional(),
      action: surfaceName,
    }),
    /** The value of its action is that of the option. */
    part("selector", {
      value: text,
      options: z.array(option).max(surfaceLimits.options),
      action: surfaceName,
    }),
    /** `value` is sent as the value of the action. A client asks before it invokes a button of `danger`. */
    part("button", { action: surfaceName, value: text.optional(), danger: z.boolean().optional() }),
    part("table", {
      columns: z.array(column).max(surfaceLimits.columns),
      rows: z.array(row).max(surfaceLimits.rows),
    }),
    /** Drawn only by clients that know `type`. */
    part("custom", { type: surfaceName, data: z.unknown() }),
  ])
  .meta({ id: "SurfacePart" });
export type SurfacePart = Immutable<z.infer<typeof surfacePart>>;

export const surfaceState = z
  .strictObject({ parts: z.array(surfacePart).max(surfaceLimits.parts) })
  .meta({ id: "SurfaceState" });
export type SurfaceState = Immutable<z.infer<typeof surfaceState>>;

/** One of the whole server, or one of each conversation. */
export const surfaceScope = z.enum(["global", "conversation"]);
export type SurfaceScope = z.infer<typeof surfaceScope>;

/** A row of the catalogue. */
export const surfaceInfo = z
  .object({
    surface: z.string(),
    title: z.string(),
    scope: surfaceScope,
    /** Extension that contributes it. */
    extension: z.string(),
    /** Actions by name, with the scope that a credential needs to invoke each. */
    actions: z.record(z.string(), z.enum(["read", "write", "approve", "admin"])),
  })
  .meta({ id: "Surface" });
export type SurfaceInfo = Immutable<z.infer<typeof surfaceInfo>>;

/** GET /surfaces. */
export const surfacesAnswer = z.object({ items: z.array(surfaceInfo) }).meta({ id: "Surfaces" });
export type SurfacesAnswer = z.infer<typeof surfacesAnswer>;

const shown = {
  surface: z.string(),
  conversationId: conversationId.optional(),
  /** Grows with every state of this surface: of two, the one with the greater revision is the later. */
  revision: z.int(),
};

/** GET /surfaces/:surface, and the fields of the answer to `surface.subscribe`. */
export const surfaceView = z.object({ ...shown, state: surfaceState }).meta({ id: "SurfaceView" });
export type SurfaceView = Immutable<z.infer<typeof surfaceView>>;

/** What has become of it since: a state, or why there is none now. */
export const surfaceUpdate = z
  .object({
    ...shown,
    state: surfaceState.optional(),
    /** Instead of a state. */
    error: problem.optional(),
    /** With an error: the subscription is over. Without it, a state follows as soon as there is one again. */
    ended: z.literal(true).optional(),
  })
  .meta({ id: "SurfaceUpdate" });
export type SurfaceUpdate = Immutable<z.infer<typeof surfaceUpdate>>;

/** POST /surfaces/:surface/:action. */
export const invokeBody = z
  .strictObject({ conversationId: conversationId.optional(), value: z.unknown().optional() })
  .meta({ id: "InvokeSurfaceBody" });
export type InvokeBody = z.infer<typeof invokeBody>;
export const invokeAnswer = z.object({ invoked: z.literal(true) }).meta({ id: "SurfaceInvoked" });
