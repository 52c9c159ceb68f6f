/** The panel of surfaces: what extensions show of themselves and of this conversation. */
import type { SurfaceInfo } from "@dispatch/wire";
import type { JSX } from "preact";
import { Icon } from "../shell/icon.tsx";
import { useStore } from "../shell/store-context.ts";
import { DrawnPart } from "./drawn-part.tsx";
import { shownSurfaces } from "./surface-state.ts";
import { useSurface } from "./use-surface.ts";

export interface SurfacePanelProps {
  readonly conversationId: string | undefined;
  readonly onClose: () => void;
}

export function SurfacePanel({ conversationId, onClose }: SurfacePanelProps): JSX.Element {
  const { catalog } = useStore();
  const shown = shownSurfaces(catalog.value, conversationId);
  return (
    <aside class="panel" aria-label="Surfaces">
      <div class="panel-head">
        <h2>Surfaces</h2>
        <button type="button" class="quiet icon-only" aria-label="Close the panel" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <div class="panel-body">
        {shown.length === 0 && <p class="missing">No extension shows anything here.</p>}
        {shown.map((info) => {
          const target = info.scope === "conversation" ? conversationId : undefined;
          return <DrawnSurface key={`${info.surface} ${target ?? ""}`} info={info} conversationId={target} />;
        })}
      </div>
    </aside>
  );
}

interface DrawnSurfaceProps {
  readonly info: SurfaceInfo;
  readonly conversationId: string | undefined;
}

function DrawnSurface({ info, conversationId }: DrawnSurfaceProps): JSX.Element {
  const { state, error, invoke } = useSurface(info.surface, conversationId);
  return (
    <section class="surface">
      <h3>{info.title}</h3>
      {error && <p class="surface-error">{error}</p>}
      {state?.parts.map((part) => (
        <DrawnPart key={part.id} part={part} onInvoke={invoke} />
      ))}
      {!state && !error && <p class="missing">…</p>}
    </section>
  );
}
