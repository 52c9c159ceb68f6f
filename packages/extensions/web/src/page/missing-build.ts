/** What is shown where the page should be when nobody built it: from a clone, before `npm run build`. */
import type { RouteAnswer } from "@dispatch/transport-http/ports";
import { pageHeaders } from "./policy.ts";

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Dispatch</title>
<h1>The live view is not built</h1>
<p>The server runs; only this page is missing. Build it with <code>npm run build</code> and reload.</p>
</html>
`;

export const missingBuild: RouteAnswer = Object.freeze({
  status: 503,
  body: { contentType: "text/html; charset=utf-8", bytes: new TextEncoder().encode(page) },
  headers: pageHeaders,
});
