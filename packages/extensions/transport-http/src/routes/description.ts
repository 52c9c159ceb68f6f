/** GET /openapi.json. */
import * as z from "zod";
import type { OpenApiDocument } from "../openapi/document.ts";
import { defineRoute } from "../ports.ts";

export const openApiRoute = (description: () => OpenApiDocument) =>
  defineRoute({
    method: "GET",
    path: "/openapi.json",
    operation: "openapi",
    scope: "read",
    summary: "This description, with the routes of every extension that is active now.",
    responses: { 200: z.looseObject({ openapi: z.string() }) },
    handle: async () => ({ json: description() }),
  });
