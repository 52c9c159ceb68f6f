/** The catalogue: surfaces by name as extensions contribute them now, those left out that are none. Pure. */
import { type Contribution, nearest } from "@dispatch/kernel";
import { dispatchError, type SurfaceInfo, surfaceName, surfaceScope } from "@dispatch/wire";
import type { SurfaceAction, SurfaceDefinition, SurfaceTarget } from "./ports.ts";

export interface Surface {
  readonly name: string;
  readonly extensionId: string;
  readonly definition: SurfaceDefinition;
}

export interface Catalogue {
  readonly items: readonly SurfaceInfo[];
  /** Contributions that are no surfaces, and why. */
  readonly refused: readonly { readonly name: string; readonly by: string; readonly why: string }[];
  get(name: string): Surface | undefined;
  /** Throws `surface-not-found` with the nearest name. */
  require(name: string): Surface;
}

const scopes = new Set<unknown>(["read", "write", "approve", "admin"]);
const longestTitle = 200;

export function createCatalogue(contributions: readonly Contribution<SurfaceDefinition>[]): Catalogue {
  const known = new Map<string, Surface>();
  const refused: { name: string; by: string; why: string }[] = [];
  for (const { name, value, extensionId } of contributions) {
    const why = wrong(name, value);
    if (why === undefined) known.set(name, { name, extensionId, definition: value });
    else refused.push({ name, by: extensionId, why });
  }
  const items = [...known.values()].map(infoOf).sort((a, b) => (a.surface < b.surface ? -1 : 1));
  return {
    items,
    refused,
    get: (name) => known.get(name),
    require(name) {
      const found = known.get(name);
      if (found) return found;
      throw dispatchError(
        "surface-not-found",
        `There is no surface ${name}.${didYouMean(name, known.keys())}`,
      );
    },
  };
}

const didYouMean = (name: string, names: Iterable<string>): string => {
  const near = nearest(name, names);
  return near === undefined ? "" : ` Did you mean ${near}?`;
};

function infoOf({ name, extensionId, definition: { title, scope, actions = {} } }: Surface): SurfaceInfo {
  const needed = Object.entries(actions).map(([action, { scope }]) => [action, scope] as const);
  return { surface: name, title, scope, extension: extensionId, actions: Object.fromEntries(needed) };
}

/** What an extension gives is code of somebody else: nothing of it is taken for granted. */
function wrong(name: string, value: unknown): string | undefined {
  if (!surfaceName.safeParse(name).success) return "its name is not one that can stand in a path";
  if (typeof value !== "object" || value === null) return "it is no object";
  const { title, scope, read, watch, actions = {} } = value as Partial<Record<string, unknown>>;
  if (typeof title !== "string" || title === "" || title.length > longestTitle)
    return `its title is not a text of 1 to ${longestTitle} characters`;
  if (!surfaceScope.safeParse(scope).success) return "its scope is neither global nor conversation";
  if (typeof read !== "function" || typeof watch !== "function") return "it has no read and watch";
  if (typeof actions !== "object" || actions === null) return "its actions are no object";
  for (const [action, each] of Object.entries(actions as Record<string, Partial<SurfaceAction> | null>)) {
    if (!surfaceName.safeParse(action).success)
      return `the name of its action ${action} cannot stand in a path`;
    if (typeof each?.run !== "function" || !scopes.has(each.scope))
      return `its action ${action} has no run and scope`;
  }
  return undefined;
}

/** Throws `invalid-request` when the surface needs a conversation and none is given, or the other way round. */
export function targetOf({ name, definition }: Surface, conversationId: string | undefined): SurfaceTarget {
  const needed = definition.scope === "conversation";
  if (needed === (conversationId !== undefined)) return conversationId;
  const message = needed
    ? "The surface is one of a conversation: name it."
    : "The surface is of no conversation.";
  throw dispatchError("invalid-request", `${name}: ${message}`, {
    errors: [{ path: "conversationId", message }],
  });
}

/** Throws `action-not-found` with the nearest name. */
export function actionOf({ name, definition: { actions = {} } }: Surface, action: string): SurfaceAction {
  const found = Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (found) return found;
  throw dispatchError(
    "action-not-found",
    `The surface ${name} has no action ${action}.${didYouMean(action, Object.keys(actions))}`,
  );
}
