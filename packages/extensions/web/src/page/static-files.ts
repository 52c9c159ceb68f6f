/** The built files of the page, read when first asked for and kept: a few small ones, with their hash and compressed. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

export interface StaticFile {
  readonly contentType: string;
  readonly bytes: Uint8Array;
  readonly gzipped: Uint8Array;
  /** With its quotes, as the header has it. */
  readonly etag: string;
}

export interface StaticFiles {
  /** `index.html`, or the name of an asset; undefined: there is none. */
  find(name: string): Promise<StaticFile | undefined>;
}

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Where the build leaves the page, found by the package's own name: from the sources and from the build alike. */
export const builtFolder = (): string =>
  join(dirname(createRequire(import.meta.url).resolve("@dispatch/web/package.json")), "dist/app");

/** Names are looked up in a table made from the folder, so none can lead out of it. */
export function createStaticFiles(folder: string): StaticFiles {
  let reading: Promise<ReadonlyMap<string, StaticFile>> | undefined;
  return {
    async find(name) {
      reading ??= readAll(folder);
      const files = await reading;
      if (files.size === 0) reading = undefined; // not built yet: looked for again
      return files.get(name);
    },
  };
}

async function readAll(folder: string): Promise<ReadonlyMap<string, StaticFile>> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const files = new Map<string, StaticFile>();
  for (const name of names) {
    const contentType = contentTypes[extname(name)];
    if (contentType) files.set(name, await readStatic(join(folder, name), contentType));
  }
  return files;
}

const compress = promisify(gzip);

async function readStatic(path: string, contentType: string): Promise<StaticFile> {
  const bytes = await readFile(path);
  const hash = createHash("sha256").update(bytes).digest("base64url").slice(0, 24);
  return { contentType, bytes, gzipped: await compress(bytes, { level: 9 }), etag: `"${hash}"` };
}
