/** From the text of a client's frame to its type and id, or what is wrong with it. Pure. */
import { type DispatchError, dispatchError } from "@dispatch/wire";

export type ReadFrame =
  | { readonly ok: true; readonly type: string; readonly id: string; readonly frame: unknown }
  | { readonly ok: false; readonly id: string | undefined; readonly error: DispatchError };

const longestId = 128;

/** The id is given back with the error wherever it can be read. */
export function readFrame(text: string): ReadFrame {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return refuse(undefined, "The frame is not JSON.");
  }
  if (typeof frame !== "object" || frame === null || Array.isArray(frame))
    return refuse(undefined, "A frame is a JSON object.");
  const { id, type } = frame as { id?: unknown; type?: unknown };
  if (typeof id !== "string" || id === "" || id.length > longestId)
    return refuse(undefined, `A frame has an \`id\`: a text of 1 to ${longestId} characters.`);
  if (typeof type !== "string" || type === "") return refuse(id, "A frame has a `type`: a text.");
  return { ok: true, type, id, frame };
}

const refuse = (id: string | undefined, detail: string): ReadFrame => ({
  ok: false,
  id,
  error: dispatchError("bad-request", detail),
});
