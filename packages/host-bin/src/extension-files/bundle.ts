/**
 * TypeScript without a build: an extension file and what it imports become one JavaScript file in the data folder,
 * named by its contents. esbuild is loaded for this only.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, statSync, unlinkSync, utimesSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { BuildFailure, Message, Plugin } from "esbuild";
import { tilde } from "../paths.ts";
import { privateFolder, writePrivateFile } from "../private-file.ts";
import { sharedModules } from "./shared-modules.ts";

export interface BundleOptions {
  /** Absolute. */
  readonly path: string;
  /** Folder of the bundles; created when absent. */
  readonly cacheDir: string;
  /** Of the program: another one never meets this one's bundles. */
  readonly version: string;
}

/** Bundles kept for a next start; older ones are removed. */
const kept = 50;

/** The path of the bundle. Rejects with a sentence that names file, line and column. */
export async function bundleFile({ path, cacheDir, version }: BundleOptions): Promise<string> {
  const { build } = await loadEsbuild(path);
  const folder = dirname(path);
  const url = JSON.stringify(pathToFileURL(path).href);
  let text: string;
  try {
    const { outputFiles } = await build({
      entryPoints: [path],
      absWorkingDir: folder,
      outfile: join(cacheDir, "bundle.mjs"),
      write: false,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      sourcemap: "inline",
      logLevel: "silent",
      define: { "import.meta.url": url },
      // What it imports may be CommonJS and ask for Node's own modules.
      banner: { js: `import { createRequire } from "node:module";\nconst require = createRequire(${url});` },
      plugins: [shared()],
    });
    text = outputFiles[0]?.text ?? "";
  } catch (error) {
    throw new Error(buildReason(error, folder), { cause: error });
  }
  const name = createHash("sha256").update(`${version}\0${text}`).digest("hex").slice(0, 32);
  const bundle = join(cacheDir, `${name}.mjs`);
  await privateFolder(dirname(cacheDir));
  await privateFolder(cacheDir);
  if (existsSync(bundle)) utimesSync(bundle, new Date(), new Date());
  else await writePrivateFile(bundle, text);
  sweep(cacheDir);
  return bundle;
}

async function loadEsbuild(path: string): Promise<typeof import("esbuild")> {
  try {
    return await import("esbuild");
  } catch (cause) {
    throw new Error(
      `${path} is TypeScript, and esbuild, which reads it, is not installed; \`npm install esbuild\`, or give a .js file`,
      { cause },
    );
  }
}

/** The program's own copies stay outside of the bundle, by address. */
function shared(): Plugin {
  const urls = sharedModules();
  return {
    name: "shared-modules",
    setup(build) {
      build.onResolve({ filter: /^(@dispatch\/|zod$)/ }, ({ path, importer }) => {
        const lent = path.startsWith("@dispatch/") || !/[\\/]node_modules[\\/]/.test(importer);
        return lent && Object.hasOwn(urls, path) ? { path: urls[path] ?? path, external: true } : undefined;
      });
    },
  };
}

function buildReason(error: unknown, folder: string): string {
  const { errors = [] } = error as Partial<BuildFailure>;
  if (errors.length === 0) return error instanceof Error ? error.message : String(error);
  const place = ({ location }: Message) =>
    location ? `${tilde(resolve(folder, location.file))}:${location.line}:${location.column + 1}: ` : "";
  return errors
    .slice(0, 3)
    .map((each) => place(each) + each.text)
    .join("; ");
}

function sweep(cacheDir: string): void {
  const bundles = readdirSync(cacheDir)
    .map((name) => ({ path: join(cacheDir, name), usedAt: statSync(join(cacheDir, name)).mtimeMs }))
    .sort((a, b) => b.usedAt - a.usedAt);
  for (const { path } of bundles.slice(kept)) unlinkSync(path);
}
