/** GET / and the files it names: static and public, since they hold nothing; what they show needs a token. */
import {
  defineRoute,
  type RouteAnswer,
  type RouteDefinition,
  type RouteRequest,
} from "@dispatch/transport-http/ports";
import { dispatchError, problem } from "@dispatch/wire";
import * as z from "zod";
import { missingBuild } from "./missing-build.ts";
import { pageHeaders } from "./policy.ts";
import type { StaticFile, StaticFiles } from "./static-files.ts";

const revalidated = "no-cache";
/** Of files whose name holds their hash. */
const forever = "public, max-age=31536000, immutable";

export function pageRoutes(files: StaticFiles): Record<"web.page" | "web.asset", RouteDefinition> {
  const headers = {
    "If-None-Match": "The ETag of what the browser has.",
    "Accept-Encoding": "`gzip`: compressed.",
  };
  return {
    "web.page": defineRoute({
      method: "GET",
      path: "/",
      operation: "web.page",
      scope: "read",
      public: true,
      summary: "The live view.",
      headers,
      responses: {
        200: { description: "The page.", types: ["text/html; charset=utf-8"] },
        304: "The browser has it.",
      },
      async handle({ header }) {
        const page = await files.find("index.html");
        return page ? answer(page, header, revalidated) : missingBuild;
      },
    }),
    "web.asset": defineRoute({
      method: "GET",
      path: "/assets/:file",
      operation: "web.asset",
      scope: "read",
      public: true,
      summary: "A file of the live view.",
      params: z.object({ file: z.string().max(200) }),
      headers,
      responses: {
        200: {
          description: "The file.",
          types: ["text/javascript; charset=utf-8", "text/css; charset=utf-8", "image/svg+xml"],
        },
        304: "The browser has it.",
        404: problem,
      },
      async handle({ params, header }) {
        const file = params.file === "index.html" ? undefined : await files.find(params.file);
        if (!file) throw dispatchError("not-found", "The live view has no such file; reload the page.");
        return answer(file, header, forever);
      },
    }),
  };
}

function answer(file: StaticFile, header: RouteRequest["header"], caching: string): RouteAnswer {
  const headers = { ...pageHeaders, ETag: file.etag, "Cache-Control": caching, Vary: "Accept-Encoding" };
  const known = header("if-none-match")
    ?.split(",")
    .map((etag) => etag.trim().replace(/^W\//, ""));
  if (known?.includes(file.etag)) return { status: 304, headers };
  const isGzip = /(^|,)\s*gzip\s*(;\s*q=(?!0(\.0+)?\s*(,|$))|,|$)/i.test(header("accept-encoding") ?? "");
  const { contentType } = file;
  return isGzip
    ? { body: { contentType, bytes: file.gzipped }, headers: { ...headers, "Content-Encoding": "gzip" } }
    : { body: { contentType, bytes: file.bytes }, headers };
}
