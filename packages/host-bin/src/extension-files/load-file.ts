/**
 * One extension file: checked, bundled when it is TypeScript, imported. A file's manifest is only known by loading it, and
 * what is imported runs: that is why `--ext` is an explicit act and such files are found nowhere by themselves.
 */
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";
import type { Extension, Manifest } from "@dispatch/kernel";
import { bundleFile } from "./bundle.ts";

export interface ReadFileOptions {
  /** Absolute, and checked. */
  readonly path: string;
  readonly cacheDir: string;
  readonly version: string;
  /** Time for the import, in ms: a module may wait for ever at its top level. */
  readonly timeoutMs: number;
  /** Counts loads of this path: a second one must not get the module of the first. */
  readonly generation: number;
}

export interface ReadFile {
  readonly manifest: Manifest;
  readonly extension: Extension;
  /** The file that runs: the bundle of a TypeScript file. */
  readonly running: string;
}

export const isTypeScript = (path: string): boolean => /\.m?ts$/.test(path);

/** Rejects with a sentence that names what to change. */
export async function readExtensionFile(options: ReadFileOptions): Promise<ReadFile> {
  const { path, generation } = options;
  const running = isTypeScript(path) ? await bundleFile(options) : path;
  const url = pathToFileURL(running);
  if (generation > 0) url.searchParams.set("load", String(generation));
  const module = await inTime(import(/* @vite-ignore */ url.href), options.timeoutMs);
  return { ...extensionOf(module), running };
}

function extensionOf(module: Record<string, unknown>): Pick<ReadFile, "manifest" | "extension"> {
  const { manifest, default: extension } = module as { manifest?: Manifest; default?: Partial<Extension> };
  if (typeof manifest !== "object" || manifest === null) {
    throw new Error("it exports no manifest; write `export const manifest = defineManifest({ … })`");
  }
  if (typeof extension !== "object" || extension === null || typeof extension.activate !== "function") {
    throw new Error(
      "it has no extension as its default export; write `export default defineExtension(manifest, (host) => { … })`",
    );
  }
  if (!isDeepStrictEqual(extension.manifest, manifest)) {
    throw new Error(
      "its default export has another manifest than the one it exports; give `manifest` to defineExtension",
    );
  }
  return { manifest, extension: extension as Extension };
}

async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(
      `its code was not loaded within ${ms} ms: does it await something at its top level?`,
    );
    timer = setTimeout(() => reject(error), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** URL of the file's folder, with a slash at its end. */
export const folderUrl = (path: string): string => `${pathToFileURL(dirname(path)).href}/`;
