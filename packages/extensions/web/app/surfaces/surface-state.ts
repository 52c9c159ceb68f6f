/** What is shown of a surface: the latest state, whatever order things come in. Pure. */
import type { SurfaceInfo, SurfaceState, SurfaceUpdate } from "@dispatch/wire";

export interface ShownSurface {
  readonly revision: number;
  readonly state: SurfaceState | undefined;
  /** Why there is none now. */
  readonly error: string | undefined;
}

export const nothingYet: ShownSurface = Object.freeze({ revision: -1, state: undefined, error: undefined });

/** An update that is older than what is shown changes nothing. */
export function withUpdate(shown: ShownSurface, { revision, state, error }: SurfaceUpdate): ShownSurface {
  if (revision < shown.revision) return shown;
  if (state) return { revision, state, error: undefined };
  return { revision, state: shown.state, error: error?.detail ?? error?.title ?? "It cannot be shown now." };
}

/** Is this update about that surface? One of each conversation has a state for each. */
export const isAbout = (
  update: Pick<SurfaceUpdate, "surface" | "conversationId">,
  surface: string,
  conversationId: string | undefined,
): boolean => update.surface === surface && update.conversationId === conversationId;

/** Those of the conversation first; without a conversation, those of the server alone. */
export const shownSurfaces = (
  catalog: readonly SurfaceInfo[],
  conversationId: string | undefined,
): readonly SurfaceInfo[] => [
  ...catalog.filter(({ scope }) => scope === "conversation" && conversationId !== undefined),
  ...catalog.filter(({ scope }) => scope === "global"),
];
