/** Which values of the Host header are served: a page that rebinds its own name to this address has another one. */

export interface ServedHosts {
  /** `host:port` in lower case, as browsers and clients send it. */
  readonly hosts: ReadonlySet<string>;
  /** Those which a reverse proxy may serve over TLS. */
  readonly proxied: ReadonlySet<string>;
}

const wildcards: ReadonlySet<string> = new Set(["0.0.0.0", "::", "[::]"]);

/** An IPv6 address stands in brackets in URLs and Host headers. */
export const bracketed = (host: string): string =>
  host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;

/** `allowed`: `name` (with this port or none) or `name:port`. */
export function servedHosts(bound: string, port: number, allowed: readonly string[]): ServedHosts {
  const names = ["127.0.0.1", "localhost", "[::1]"];
  if (!wildcards.has(bound)) names.push(bracketed(bound.toLowerCase()));
  const direct = names.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`]));
  const proxied = allowed.flatMap((entry) => {
    const name = entry.toLowerCase();
    return /:\d+$/.test(name.replace(/^\[[^\]]*\]/, "")) ? [name] : [name, `${name}:${port}`];
  });
  return { hosts: new Set([...direct, ...proxied]), proxied: new Set(proxied) };
}
