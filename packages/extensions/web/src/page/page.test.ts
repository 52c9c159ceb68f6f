import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { RouteAnswer, RouteDefinition } from "@dispatch/transport-http/ports";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pageRoutes } from "./page-routes.ts";
import { createStaticFiles } from "./static-files.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "web-page-"));
});
afterEach(() => rm(folder, { recursive: true }));

const ask = (route: RouteDefinition, headers: Record<string, string> = {}, file = ""): Promise<RouteAnswer> =>
  route.handle({
    params: { file },
    query: {},
    body: undefined,
    caller: undefined,
    call: { credential: "public" },
    signal: new AbortController().signal,
    header: (name) => headers[name.toLowerCase()],
  });
const bytesOf = (answer: RouteAnswer) => Buffer.from(answer.body?.bytes ?? new Uint8Array());

test("a missing build is said, and found once it is there", async () => {
  const built = join(folder, "app");
  const routes = pageRoutes(createStaticFiles(built));
  const missing = await ask(routes["web.page"]);
  expect(missing.status).toBe(503);
  expect(bytesOf(missing).toString()).toContain("npm run build");
  await mkdir(built);
  await writeFile(join(built, "index.html"), "<p>page</p>");
  expect(bytesOf(await ask(routes["web.page"])).toString()).toBe("<p>page</p>");
});

test("files are served compressed or not, by their hash, and nothing beside them", async () => {
  await writeFile(join(folder, "main-1.js"), "let a;");
  await writeFile(join(folder, "index.html"), "<p>page</p>");
  await writeFile(join(folder, "secret.txt"), "no");
  const { "web.asset": asset, "web.page": page } = pageRoutes(createStaticFiles(folder));
  const plain = await ask(asset, {}, "main-1.js");
  expect(bytesOf(plain).toString()).toBe("let a;");
  expect(plain.headers).toMatchObject({ "Cache-Control": "public, max-age=31536000, immutable" });
  const packed = await ask(asset, { "accept-encoding": "br, gzip;q=0.8" }, "main-1.js");
  expect(packed.headers?.["Content-Encoding"]).toBe("gzip");
  expect(gunzipSync(bytesOf(packed)).toString()).toBe("let a;");
  const refused = await ask(asset, { "accept-encoding": "gzip;q=0, identity" }, "main-1.js");
  expect(refused.headers?.["Content-Encoding"]).toBeUndefined();
  const first = await ask(page);
  expect(first.headers).toMatchObject({ "Cache-Control": "no-cache" });
  const again = await ask(page, { "if-none-match": `"other", W/${first.headers?.ETag}` });
  expect([again.status, again.body]).toEqual([304, undefined]);
  for (const name of ["index.html", "secret.txt", "..", "../package.json", "%2e%2e", "__proto__", ""])
    await expect(ask(asset, {}, name)).rejects.toMatchObject({ code: "not-found" });
});

test("the policy lets nothing in that is not the server's own", async () => {
  await writeFile(join(folder, "index.html"), "x");
  const { headers } = await ask(pageRoutes(createStaticFiles(folder))["web.page"]);
  const policy = headers?.["Content-Security-Policy"] ?? "";
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|https?:|\*|blob:/);
  expect(headers?.["Referrer-Policy"]).toBe("no-referrer");
});
