/** Servers that want a model's reasoning back with the tool results, and how a reasoning chunk remembers that. */

/** Their hosts and subdomains. All others get no reasoning: many refuse a field they do not know. */
const askingHosts = ["deepseek.com", "moonshot.ai", "moonshot.cn"];
const field = "reasoning_content";

/** What reasoning from this host carries as `providerData`; undefined for most. */
export function reasoningData(hostname: string): { readonly sendBackAs: string } | undefined {
  const asks = askingHosts.some((host) => hostname === host || hostname.endsWith(`.${host}`));
  return asks ? { sendBackAs: field } : undefined;
}

/** The field in which a chunk with this `providerData` is sent back; undefined: it is not. */
export function reasoningField(providerData: unknown): string | undefined {
  const asks = typeof providerData === "object" && providerData !== null && "sendBackAs" in providerData;
  return asks && providerData.sendBackAs === field ? field : undefined;
}
