/**
 * From the names in a preset to extensions the kernel can take. Only data is read here; an extension's code is loaded
 * when the kernel activates it.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Extension, Manifest } from "@dispatch/kernel";
import type { ExtensionSource } from "@dispatch/kernel/host";
import { messageOf, startError } from "./start-error.ts";

/** Run from source (tests do), packages have no built files: their sources are imported through the export condition. */
const fromSource = import.meta.url.endsWith(".ts");

/** The folder that holds the program's own packages, with a separator at its end. */
export const ownCode: string = fileURLToPath(new URL("../..", import.meta.url));

/** Rejects with a `StartError` when a package is missing, not built, or no extension. */
export function bundledExtensions(names: readonly string[]): Promise<ExtensionSource[]> {
  return Promise.all(names.map(fromSource ? sourceExtension : builtExtension));
}

async function sourceExtension(name: string): Promise<ExtensionSource> {
  const { manifest } = (await import(/* @vite-ignore */ `${name}/manifest`)) as { manifest: Manifest };
  return { manifest, trust: "bundled", load: () => loadEntry(name, name) };
}

async function builtExtension(name: string): Promise<ExtensionSource> {
  const packageUrl = packageUrlOf(name);
  const { dispatch } = readJson(packageUrl, name) as { dispatch?: { manifest?: string; entry?: string } };
  if (!dispatch?.manifest || !dispatch.entry) {
    throw startError(`The package ${name} is not a Dispatch extension.`, {
      fix: `Its package.json needs "dispatch": { "manifest": …, "entry": … }.`,
    });
  }
  const manifest = readJson(new URL(dispatch.manifest, packageUrl), name) as Manifest;
  const entry = new URL(dispatch.entry, packageUrl);
  return { manifest, trust: "bundled", load: () => loadEntry(entry.href, name) };
}

function packageUrlOf(name: string): URL {
  try {
    return new URL(import.meta.resolve(`${name}/package.json`));
  } catch (cause) {
    throw startError(`The package ${name} is not installed.`, { fix: "Run `npm install`.", cause });
  }
}

function readJson(url: URL, name: string): unknown {
  try {
    return JSON.parse(readFileSync(url, "utf8"));
  } catch (cause) {
    const absent = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const message = absent
      ? `The package ${name} has not been built: ${fileURLToPath(url)} is missing.`
      : `${fileURLToPath(url)} cannot be read: ${messageOf(cause)}`;
    throw startError(message, { fix: "Run `npm run build`.", cause });
  }
}

async function loadEntry(specifier: string, name: string): Promise<Extension> {
  const { default: extension } = (await import(/* @vite-ignore */ specifier)) as { default?: Extension };
  if (!extension)
    throw new Error(
      `the entry of ${name} has no default export; write \`export default defineExtension(…)\``,
    );
  return extension;
}
