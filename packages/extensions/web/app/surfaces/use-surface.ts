/** A surface while it is looked at: subscribed on every connection anew, given back when nobody looks any more. */
import type { SurfaceUpdate } from "@dispatch/wire";
import { useEffect, useState } from "preact/hooks";
import { wordsOf } from "../live/errors-text.ts";
import { randomId } from "../sending/random-id.ts";
import { useStore } from "../shell/store-context.ts";
import { isAbout, nothingYet, type ShownSurface, withUpdate } from "./surface-state.ts";

export interface Surface extends ShownSurface {
  invoke(action: string, value: unknown): void;
}

export function useSurface(surface: string, conversationId: string | undefined): Surface {
  const { live, connection, attempt } = useStore();
  const [shown, setShown] = useState(nothingYet);
  const isOpen = connection.value.kind === "open";
  const target = { surface, ...(conversationId === undefined ? {} : { conversationId }) };

  useEffect(() => {
    if (!isOpen) return;
    let isOver = false;
    const take = (update: SurfaceUpdate) => {
      if (!isOver && isAbout(update, surface, conversationId))
        setShown((before) => withUpdate(before, update));
    };
    const undo = live.on("surface.update", (frame) => take(frame as unknown as SurfaceUpdate));
    setShown((before) => ({ ...before, revision: -1 })); // a server that was started anew counts anew
    live.request("surface.subscribe", target).then(
      (answer) => take(answer as unknown as SurfaceUpdate),
      (error) => !isOver && setShown((before) => ({ ...before, error: wordsOf(error) })),
    );
    return () => {
      isOver = true;
      undo();
      live.request("surface.unsubscribe", target).catch(() => undefined); // with the connection it is over anyway
    };
  }, [live, isOpen, surface, conversationId]);

  return {
    ...shown,
    invoke(action, value) {
      const fields = { ...target, action, ...(value === undefined ? {} : { value }) };
      void attempt(() => live.request("surface.invoke", { ...fields, idempotencyKey: randomId() }));
    },
  };
}
