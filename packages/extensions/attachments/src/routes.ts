/** POST /attachments and GET /attachments/:id. */
import { anyType, defineRoute, type RouteDefinition } from "@dispatch/transport-http/ports";
import { attachment, dispatchError } from "@dispatch/wire";
import * as z from "zod";
import type { Files } from "./files.ts";

const mimeType = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/;

export const addRoute = (files: Pick<Files, "add">, maxBytes: number): RouteDefinition =>
  defineRoute({
    method: "POST",
    path: "/attachments",
    operation: "attachments.add",
    scope: "write",
    summary:
      "Takes a file: its bytes as they are. What it answers goes into the `attachments` of messages; unused, it is gone after a day.",
    query: z.strictObject({ name: z.string().min(1).max(255).optional() }),
    raw: { description: `The file, at most ${maxBytes} bytes.`, types: [anyType] },
    responses: { 201: attachment, 413: "Too long.", 507: "There is no room for it." },
    async handle({ query: { name }, raw = nothing(), header }) {
      const type = (header("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
      const { id, size } = await files.add(raw);
      return {
        status: 201,
        json: {
          attachmentId: id,
          mimeType: mimeType.test(type) ? type : "application/octet-stream",
          ...(name === undefined ? {} : { name }),
          size,
        },
      };
    },
  });

export const getRoute = (files: Pick<Files, "read">): RouteDefinition =>
  defineRoute({
    method: "GET",
    path: "/attachments/:id",
    operation: "attachments.get",
    scope: "read",
    summary: "The bytes of an attachment. Never as anything that a browser would run.",
    params: z.strictObject({ id: z.string().min(1).max(128) }),
    responses: {
      200: { description: "The file.", types: ["application/octet-stream"] },
      404: "There is none.",
    },
    async handle({ params: { id } }) {
      const bytes = await files.read(id);
      if (!bytes) throw dispatchError("not-found", `There is no attachment ${id}.`);
      return {
        headers: { "Content-Disposition": "attachment", "Content-Security-Policy": "sandbox" },
        body: { bytes, contentType: "application/octet-stream" },
      };
    },
  });

async function* nothing(): AsyncGenerator<Uint8Array> {}
