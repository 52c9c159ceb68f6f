/** The one-time link: the code stands in the fragment, which browsers send to nobody. */
import { dispatchError } from "@dispatch/wire";

/**
 * `base`: where the browser reaches the server. Throws `invalid-request` when it is no http(s) origin, or one that is not served:
 * the page there would be somebody else's, and could read the code.
 */
export function linkTo(base: string, code: string, serves: (host: string) => boolean): string {
  const url = URL.canParse(base) ? new URL(base) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== "/" || url.search !== "" || url.hash !== "")
    throw dispatchError("invalid-request", "This is no address of a server.", {
      fix: "Give scheme, host and port, like http://192.168.1.5:24203; the host must be among `server.allowedHosts`.",
    });
  // An address to listen on everywhere is not one to go to.
  if (url.hostname === "0.0.0.0" || url.hostname === "[::]") url.hostname = "127.0.0.1";
  if (!serves(url.host))
    throw dispatchError("invalid-request", `This server does not answer as ${url.host}.`, {
      fix: `If it is reached there, put "${url.hostname}" into \`server.allowedHosts\` and restart it.`,
    });
  return `${url.origin}/#login=${code}`;
}
