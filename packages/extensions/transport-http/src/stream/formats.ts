/** How events are written: NDJSON lines `{ cursor, event }`, or server-sent events. The events' JSON is never made again. */
import type { Frame, FrameEvent } from "@dispatch/session-orchestrator/ports";
import type { Snapshot } from "@dispatch/wire";

export interface Format {
  readonly name: "ndjson" | "sse";
  readonly contentType: string;
  /** What keeps an idle connection open; undefined where every line means something. */
  readonly heartbeat?: string;
  encode(event: FrameEvent): string;
}

export const ndjson: Format = {
  name: "ndjson",
  contentType: "application/x-ndjson",
  encode: ({ cursor, json }) => `{"cursor":${JSON.stringify(cursor)},"event":${json}}\n`,
};

export const sse: Format = {
  name: "sse",
  contentType: "text/event-stream",
  heartbeat: ":\n\n",
  encode: ({ cursor, type, json }) => `id: ${cursor}\nevent: ${type}\ndata: ${json}\n\n`,
};

/** The bytes of some events. */
export const encodeEvents = (events: readonly FrameEvent[], format: Format): Buffer =>
  Buffer.from(events.map(format.encode).join(""));

/** The bytes of a frame, made once for all who are sent it in this format. */
export const encodeFrame = (frame: Frame, format: Format): Buffer =>
  frame.encode(`http:${format.name}`, ({ events }) => encodeEvents(events, format));

/** The first event of a view that has no place to go on from. */
export const encodeSnapshot = (snapshot: Snapshot): string =>
  `id: ${snapshot.cursor}\nevent: snapshot\ndata: ${JSON.stringify(snapshot)}\n\n`;
