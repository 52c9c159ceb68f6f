/** From an argument or a `Location` to an address that may be fetched. Pure. */
import { isIP } from "node:net";
import { isPublicAddress } from "./public-address.ts";
import { Refusal } from "./refusal.ts";

/** Throws a Refusal: no URL, another scheme, credentials in it, or the number of an address that is not public. */
export function checkUrl(text: string, allowPrivate: boolean, base?: string): URL {
  if (!URL.canParse(text, base))
    throw new Refusal(`"${shorten(text)}" is not a URL: give one like https://example.com/page.`);
  const url = new URL(text, base);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new Refusal(`Only http and https are fetched, not ${url.protocol}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new Refusal("A URL with a user name or password is not fetched: no credentials are sent.");
  }
  // Numbers in any spelling (0x7f.1, 2130706433) are plain by now. Names are checked when they are looked up.
  const host = hostOf(url);
  if (isIP(host) !== 0 && !allowPrivate && !isPublicAddress(host)) throw notPublic(host);
  url.hash = "";
  return url;
}

/** The host of a URL, an IPv6 address without its brackets. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, "");

export const notPublic = (host: string, address?: string): Refusal =>
  new Refusal(
    `"${host}"${address === undefined ? "" : ` (${address})`} is not on the public internet: this machine, private ` +
      "networks and metadata services are not fetched.",
  );

const shorten = (text: string): string => (text.length <= 200 ? text : `${text.slice(0, 199)}…`);
