/** GET /docs and its two scripts: static and public. What they show, /openapi.json, needs the token. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { defineRoute, type RouteDefinition } from "../ports.ts";
import { docsPage, docsPolicy, docsScript } from "./docs-page.ts";

const html = "text/html; charset=utf-8";
const script = "text/javascript; charset=utf-8";

const headers = {
  "Content-Security-Policy": docsPolicy,
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

interface File {
  readonly path: string;
  readonly operation: string;
  readonly summary: string;
  readonly contentType: string;
  readonly read: () => Promise<Uint8Array>;
  readonly encoding?: string;
}

const fileRoute = ({ path, operation, summary, contentType, read, encoding }: File): RouteDefinition =>
  defineRoute({
    method: "GET",
    path,
    operation,
    scope: "read",
    public: true,
    summary,
    responses: { 200: { description: summary, types: [contentType] } },
    handle: async () => ({
      body: { contentType, bytes: await read() },
      headers: { ...headers, ...(encoding && { "Content-Encoding": encoding }) },
    }),
  });

export const docsRoute = () =>
  fileRoute({
    path: "/docs",
    operation: "docs",
    summary: "A page that shows this API; it asks for the token.",
    contentType: html,
    read: async () => Buffer.from(docsPage),
  });

export const docsScriptRoute = () =>
  fileRoute({
    path: "/docs/docs.js",
    operation: "docs.script",
    summary: "The script of the page.",
    contentType: script,
    read: async () => Buffer.from(docsScript),
  });

/** The viewer lies compressed in `assets/`, as published: assets/README.md says where from and why here. */
export const docsViewerRoute = () =>
  fileRoute({
    path: "/docs/viewer.js",
    operation: "docs.viewer",
    summary: "The viewer of the page (RapiDoc 9.3.8).",
    contentType: script,
    encoding: "gzip",
    read: () => readFile(viewerFile()),
  });

/** By the package's own name, so that it is found from the sources and from the build alike. */
const viewerFile = (): string =>
  join(
    dirname(createRequire(import.meta.url).resolve("@dispatch/transport-http/package.json")),
    "assets/rapidoc-9.3.8.min.js.gz",
  );
