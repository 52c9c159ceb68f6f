/**
 * The files given by `--ext`, as extensions the kernel can take. A file that cannot be one is an extension that fails with
 * the reason: the server starts without it.
 */
import { basename, dirname, resolve, sep } from "node:path";
import type { Extension, Manifest } from "@dispatch/kernel";
import type { ExtensionSource } from "@dispatch/kernel/host";
import { tilde } from "../paths.ts";
import { messageOf } from "../start-error.ts";
import { culpritOnStack, framesOf } from "../strays/places.ts";
import type { Strays } from "../strays/strays.ts";
import { trackedHost } from "../strays/tracked-host.ts";
import { checkExtensionFile } from "./check-file.ts";
import { folderUrl, isTypeScript, type ReadFile, readExtensionFile } from "./load-file.ts";
import { shareModules } from "./shared-modules.ts";

export interface LoadFilesOptions {
  /** As given; relative to `cwd`. */
  readonly files: readonly string[];
  readonly cwd: string;
  readonly cacheDir: string;
  readonly version: string;
  readonly strays: Strays;
  /** Ids that are taken: of the bundled extensions. */
  readonly taken: readonly string[];
  /** Imports code that the start needs in any case; called when that is faster before the files than after. */
  readonly first?: () => Promise<unknown>;
  /** Default 10,000. */
  readonly timeoutMs?: number;
}

export interface LoadedFiles {
  readonly sources: readonly ExtensionSource[];
  /** One line a file for the person who starts the server: what it is and asks for, or why it is left out. */
  readonly remarks: readonly string[];
}

/** Never rejects because of a file. */
export async function loadExtensionFiles(options: LoadFilesOptions): Promise<LoadedFiles> {
  const paths = [...new Set(options.files.map((file) => resolve(options.cwd, file)))];
  const checked = paths.map((given) => ({ given, file: checkExtensionFile(given) }));
  const sound = checked.flatMap(({ file }) => (typeof file === "string" ? [] : [file.path]));
  if (sound.some(isTypeScript)) process.setSourceMapsEnabled(true); // stacks name the lines that were written
  if (!sound.every(isTypeScript)) {
    await shareModules([...new Set(sound.map(folderUrl))], options.first);
  }

  const taken = new Set(options.taken);
  const sources: ExtensionSource[] = [];
  const remarks: string[] = [];
  const outcomes = await Promise.all(checked.map(({ given, file }) => outcomeOf(given, file, options)));
  for (const { given, id, source, reason } of outcomes) {
    if (source) {
      sources.push(source);
      remarks.push(`extension ${describe(source.manifest)}, from ${tilde(given)}`);
      taken.add(source.manifest.id);
      continue;
    }
    const sentence = reason.includes(tilde(given)) ? reason : `${tilde(given)}: ${reason}`;
    sources.push(failing(freeId(id, taken), sentence));
    remarks.push(`extension left out: ${sentence}`);
  }
  return { sources, remarks };
}

interface Outcome {
  readonly given: string;
  /** By the name of the file. */
  readonly id: string;
  readonly source?: ExtensionSource;
  /** Why there is none. */
  readonly reason: string;
}

async function outcomeOf(
  given: string,
  file: ReturnType<typeof checkExtensionFile>,
  options: LoadFilesOptions,
): Promise<Outcome> {
  const id = idOf(given);
  if (typeof file === "string") return { given, id, reason: file };
  try {
    return { given, id, source: await fileSource(file.path, id, options), reason: "" };
  } catch (error) {
    return { given, id, reason: reasonOf(error, file.path) };
  }
}

async function fileSource(path: string, id: string, options: LoadFilesOptions): Promise<ExtensionSource> {
  const { strays, cacheDir, version, timeoutMs = 10_000 } = options;
  const owner = { id }; // by its file's name until its manifest is known
  let generation = 0;
  const read = async (): Promise<ReadFile> => {
    const reading = { path, cacheDir, version, timeoutMs, generation };
    generation += 1;
    const file = await strays.run(owner, () => readExtensionFile(reading));
    owner.id = file.manifest.id;
    strays.learn({ id: owner.id, files: [path, file.running], folder: dirname(path) + sep });
    return file;
  };

  strays.learn({ id, files: [path], folder: dirname(path) + sep });
  let first: ReadFile | undefined = await read();
  const { manifest } = first;
  return {
    manifest,
    trust: "local",
    async load() {
      const { extension } = first ?? (await read());
      first = undefined; // loaded again, it is read again
      return tracked(extension, path, strays);
    },
  };
}

/** The extension with all it does known as its own, and a failure of its activation with file and line. */
function tracked(extension: Extension, path: string, strays: Strays): Extension {
  const { manifest, activate } = extension;
  return {
    manifest,
    async activate(host) {
      try {
        await strays.run(manifest, () => activate(trackedHost(host, strays)));
      } catch (error) {
        throw new Error(`${reasonOf(error, path)}; correct ${tilde(path)}, or leave it out`, {
          cause: error,
        });
      }
    },
  };
}

function reasonOf(error: unknown, path: string): string {
  if (error instanceof SyntaxError && !isTypeScript(path)) {
    return `${tilde(path)}: ${error.message}; \`node --check ${path}\` shows the line`; // Node keeps the place to itself
  }
  const place = { id: "", files: [path], folder: dirname(path) + sep };
  const at = culpritOnStack(framesOf(error), [place], "")?.position;
  return at === undefined ? messageOf(error) : `${messageOf(error)}, at ${tilde(at)}`;
}

function describe({ id, version, capabilities = [] }: Manifest): string {
  const asks =
    capabilities.length === 0
      ? "asks for no capabilities"
      : `asks for ${capabilities.join(", ")} and gets it`;
  return `${id} ${version} ${asks}`;
}

/** `My Tool.ts` → `my-tool`. */
const idOf = (path: string): string =>
  basename(path)
    .replace(/\.[^.]*$/, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 56) || "extension";

function freeId(id: string, taken: Set<string>): string {
  let free = id;
  for (let n = 2; taken.has(free); n += 1) free = `${id}-${n}`;
  taken.add(free);
  return free;
}

/** Stands for a file without a manifest, so that `dispatch extensions` shows it like any other that failed. */
const failing = (id: string, reason: string): ExtensionSource => ({
  manifest: { id, version: "0.0.0", apiVersion: "*" },
  trust: "local",
  load: () => {
    throw new Error(reason);
  },
});
