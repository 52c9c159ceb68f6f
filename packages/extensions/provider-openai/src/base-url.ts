/** Base URLs: what a user may write for one, and what kind of place it is. */

/** OpenAI's own. */
export const defaultBaseUrl = "https://api.openai.com/v1";

/** A server's base, understood. */
export interface Base {
  /** Joins a path such as `/models` to the base; a query of the base (`?api-version=…`) stays. */
  url(path: string): string;
  /** Without port. */
  readonly hostname: string;
  /** For messages: scheme, host and path, nothing secret. */
  readonly shown: string;
  /** This machine or a private network: slow hardware, so more patience. */
  readonly local: boolean;
}

/** Undefined for what is no http(s) URL, or carries a user name: a password does not belong into a URL. */
export function parseBaseUrl(text: string = defaultBaseUrl): Base | undefined {
  if (!URL.canParse(text.trim())) return undefined;
  const parsed = new URL(text.trim());
  if (!/^https?:$/.test(parsed.protocol) || parsed.username !== "" || parsed.password !== "")
    return undefined;
  const path = parsed.pathname.replace(/\/+$/, "").replace(/\/chat\/completions$/, "");
  const shown = parsed.origin + path;
  return {
    url: (end) => shown + end + parsed.search,
    hostname: parsed.hostname,
    shown,
    local: isLocalHost(parsed.hostname),
  };
}

const privateIpv4 = /^(127|10)\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^169\.254\.|^0\.0\.0\.0$/;
const privateIpv6 = /^\[(::1?|::ffff:(7f|a)[0-9a-f]{2}:.*|f[cd][0-9a-f]{2}:.*|fe[89ab][0-9a-f]:.*)\]$/;

/** Loopback, private and link-local addresses, `localhost`, `*.local`, and bare names as containers have. */
export function isLocalHost(hostname: string): boolean {
  const name = hostname.toLowerCase();
  if (name.startsWith("[")) return privateIpv6.test(name);
  if (privateIpv4.test(name)) return true;
  return !name.includes(".") || /\.(localhost|local|internal|lan)$/.test(name);
}
