/** The surface `extensions`: those of this server as a table, live. */
import type { Dispose, ExtensionInfo } from "@dispatch/kernel";
import type { SurfaceDefinition, SurfaceState } from "./ports.ts";

const columns = [
  { id: "name", label: "Name" },
  { id: "version", label: "Version" },
  { id: "trust", label: "Trust" },
  { id: "activation", label: "Activation" },
  { id: "state", label: "State" },
  { id: "ms", label: "ms" },
  { id: "faults", label: "Faults" },
  { id: "why", label: "Why" },
];

const longestWhy = 500;
const mostRows = 1_000;

/** Pure. `why`: the reason of its state, else its last fault. */
export function extensionsState(extensions: readonly ExtensionInfo[]): SurfaceState {
  const active = extensions.filter(({ state }) => state === "active").length;
  const rows = extensions.slice(0, mostRows).map((each, index) => ({
    id: extensions.findIndex(({ id }) => id === each.id) === index ? each.id : `${each.id} (${index})`,
    cells: {
      name: each.id,
      version: each.version,
      trust: each.trust,
      activation: each.activation,
      state: each.state,
      ...(each.activationMs === undefined ? {} : { ms: Math.round(each.activationMs) }),
      faults: each.faults,
      why: (each.reason ?? each.lastFault ?? "").slice(0, longestWhy),
    },
  }));
  return {
    parts: [
      { kind: "stat", id: "active", label: "Active", value: active, unit: `of ${extensions.length}` },
      { kind: "table", id: "extensions", label: "Extensions", columns, rows },
    ],
  };
}

export const extensionsSurface = (
  extensions: () => readonly ExtensionInfo[],
  watch: (changed: () => void) => Dispose,
): SurfaceDefinition => ({
  title: "Extensions",
  scope: "global",
  read: () => extensionsState(extensions()),
  watch: (_target, changed) => watch(changed),
});
