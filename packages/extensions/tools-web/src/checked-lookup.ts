/**
 * Looks a name up and hands on only addresses that were checked: the connection is made to one of these, so a name that
 * resolves to something else a moment later gains nothing.
 */
import type { LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import { notPublic } from "./checked-url.ts";
import { isPublicAddress } from "./public-address.ts";

/** All addresses of a name; rejects as `dns.lookup` does. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

/** Of a name with addresses of both kinds none is used: an honest one has no private ones. */
export function createCheckedLookup(resolve: Resolve, allowPrivate: boolean): LookupFunction {
  return (hostname, options, callback) => {
    const check = async () => {
      const wanted = options.family === 4 || options.family === 6 ? options.family : undefined;
      const all = await resolve(hostname);
      const refused = all.find(({ address }) => !allowPrivate && !isPublicAddress(address));
      if (refused !== undefined) throw notPublic(hostname, refused.address);
      const usable = all.filter(({ family }) => wanted === undefined || family === wanted);
      const [first] = usable;
      if (first === undefined)
        throw Object.assign(new Error(`${hostname} has no address`), { code: "ENOTFOUND" });
      return { usable, first };
    };
    check().then(
      ({ usable, first }) =>
        options.all ? callback(null, [...usable]) : callback(null, first.address, first.family),
      (error: NodeJS.ErrnoException) => callback(error, ""),
    );
  };
}
