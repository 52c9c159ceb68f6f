/** Why a boot came to nothing, as sentences: what is off by itself, not what had to stay off because of it. */
import type { Extension } from "@dispatch/kernel";
import type { ExtensionSource, Host } from "@dispatch/kernel/host";
import { isDispatchError, toProblem } from "@dispatch/wire";
import { startError } from "./start-error.ts";

export interface WatchedSources {
  /** The same extensions; the kernel keeps the sentence of a failed activation, these keep its fix too. */
  readonly sources: readonly ExtensionSource[];
  /** For a host that was started with them and has nothing that listens. */
  failure(host: Pick<Host, "extensions">, redact?: (text: string) => string): Error;
}

export function watchActivations(given: readonly ExtensionSource[]): WatchedSources {
  const fixes = new Map<string, string>();

  const watched = (source: ExtensionSource, extension: Extension): Extension => ({
    ...extension,
    async activate(host) {
      try {
        await extension.activate(host);
      } catch (error) {
        const fix = isDispatchError(error) ? toProblem(error).fix : undefined;
        if (fix !== undefined) fixes.set(source.manifest.id, fix);
        throw error;
      }
    },
  });
  const sources = given.map(
    (source): ExtensionSource => ({ ...source, load: async () => watched(source, await source.load()) }),
  );

  function failure(host: Pick<Host, "extensions">, redact: (text: string) => string = (text) => text): Error {
    const roots = rootsOf(host, given);
    const lines = roots.map(({ id, reason }) => `  ${id}: ${reason ?? "no reason given"}`);
    if (lines.length === 0) lines.push("  no extension provides a listener");
    const fix = roots.flatMap(({ id }) => fixes.get(id) ?? []).join(" ");
    return startError(redact(`The server could not start.\n${lines.join("\n")}`), {
      code: "boot-failed",
      fix: fix || undefined,
    });
  }
  return { sources, failure };
}

/** Extensions that are off although everything they need is there. */
function rootsOf(host: Pick<Host, "extensions">, sources: readonly ExtensionSource[]) {
  const extensions = host.extensions();
  const isActive = (id: string) => extensions.some((each) => each.id === id && each.state === "active");
  const providerOf = (need: string) =>
    sources.find(({ manifest }) => manifest.id === need || manifest.contributes?.services?.includes(need))
      ?.manifest.id;
  return extensions
    .filter(({ state }) => state === "failed" || state === "disabled")
    .filter(({ dependsOn }) =>
      dependsOn.every((need) => {
        const provider = providerOf(need);
        return provider === undefined || isActive(provider);
      }),
    );
}
