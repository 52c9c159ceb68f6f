/** What an extension's `read` gave, checked before any client sees it. Pure. */
import { type SurfaceState, surfaceLimits, surfaceState } from "@dispatch/wire";

export interface CheckedState {
  readonly state: SurfaceState;
  /** Of the state; equal states have equal JSON as long as their extension builds them alike. */
  readonly json: string;
}

/** Throws an error that says what is wrong, for the author of the extension. */
export function checkState(given: unknown): CheckedState {
  const json: string | undefined = JSON.stringify(given);
  if (json === undefined) throw new Error("read gave nothing");
  const bytes = Buffer.byteLength(json);
  if (bytes > surfaceLimits.stateBytes)
    throw new Error(`read gave ${bytes} bytes of JSON, more than ${surfaceLimits.stateBytes}`);
  const parsed = surfaceState.safeParse(JSON.parse(json));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`read gave no surface state: ${issue?.path.join(".") || "state"}: ${issue?.message}`);
  }
  const ids = parsed.data.parts.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new Error(`read gave two parts with the id ${twice}`);
  return { state: parsed.data, json };
}
