/** Frames of one conversation. The JSON of events is never made again, and a frame's bytes are made once for all sockets. */
import type { Frame, Viewer } from "@dispatch/session-orchestrator/ports";
import { textFrame } from "../frames/text-frame.ts";

const delta = ({ conversationId, cursor, events }: Frame): Buffer => {
  const head = `{"type":"chat.delta","conversationId":${JSON.stringify(conversationId)},"cursor":${JSON.stringify(cursor)}`;
  return textFrame(`${head},"events":[${events.map(({ json }) => json).join(",")}]}`);
};

export const encodeDelta = (frame: Frame): Buffer => frame.encode("ws", delta);

/** `id`: of the frame that it answers. */
export function encodeSubscribed(viewer: Viewer, id: string | undefined): string {
  const { conversationId, mode, cursor, snapshot } = viewer;
  return JSON.stringify({ type: "chat.subscribed", id, conversationId, mode, cursor, snapshot });
}
