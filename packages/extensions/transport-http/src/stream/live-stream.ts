/** Streams over a viewer: a conversation from its place on, or one turn up to its end. */
import type { Viewer } from "@dispatch/session-orchestrator/ports";
import type { StreamAnswer } from "../ports.ts";
import { encodeEvents, encodeFrame, encodeSnapshot, type Format, sse } from "./formats.ts";

/** Everything from the viewer's place on, as server-sent events, until the client goes. */
export function conversationStream(viewer: Viewer): StreamAnswer {
  return {
    contentType: sse.contentType,
    heartbeat: sse.heartbeat,
    open: viewer.snapshot ? encodeSnapshot(viewer.snapshot) : sse.heartbeat,
    async next() {
      const frame = await viewer.next();
      return frame && encodeFrame(frame, sse);
    },
    close: () => viewer.close(),
  };
}

/** The events from the viewer's place up to the `turn-sealed` of the turn, inclusive. */
export function turnStream(viewer: Viewer, turnId: string, format: Format): StreamAnswer {
  // A place that could not be honoured: what is over cannot be shown again here, and waiting for its end would never end.
  let over = viewer.mode === "snapshot" && viewer.snapshot?.running?.turnId !== turnId;
  return {
    contentType: format.contentType,
    heartbeat: format.heartbeat,
    async next() {
      if (over) return undefined;
      const frame = await viewer.next();
      if (!frame) return undefined;
      const { events } = frame;
      const end = events.findIndex((event) => event.type === "turn-sealed" && event.turnId === turnId);
      over = end !== -1;
      return end === -1 || end === events.length - 1
        ? encodeFrame(frame, format)
        : encodeEvents(events.slice(0, end + 1), format);
    },
    close: () => viewer.close(),
  };
}
