/** Capabilities: a verb that needs one works when the manifest asks for it and the config grants it. */

import type { Capability } from "../contracts/manifest.ts";
import type { Entry } from "./entry.ts";
import type { HostOptions } from "./options.ts";

/** Throws, giving the line to add. */
export function assertCapability(
  entry: Entry,
  capability: Capability,
  granted: HostOptions["granted"],
): void {
  const { id, manifest, source } = entry;
  const asked = manifest.capabilities ?? [];
  if (!asked.includes(capability)) {
    const line = `capabilities: ${JSON.stringify([...asked, capability])}`;
    throw new Error(
      `"${id}" uses the capability "${capability}", which its manifest does not ask for; write ${line}`,
    );
  }
  const grants = granted?.(id, source.trust) ?? "all";
  if (grants === "all" || grants.includes(capability)) return;
  const line = `"extensions": { "${id}": { "grant": ${JSON.stringify([...grants, capability])} } }`;
  throw new Error(
    `"${id}" is not granted the capability "${capability}"; to allow it, put into the config: ${line}`,
  );
}
