/** Tokens: where a request carries one, and whose it is. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Caller, Scope } from "../ports.ts";

export type Authenticate = (token: string) => Caller | undefined;

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();
const everyScope: readonly Scope[] = ["read", "write", "approve", "admin"];

/** One token that may do everything. Compared by hash, so neither its length nor its beginning can be timed. */
export function oneToken(token: string): Authenticate {
  const expected = sha256(token);
  const caller: Caller = Object.freeze({ credential: "token", scopes: new Set(everyScope) });
  return (given) => (timingSafeEqual(sha256(given), expected) ? caller : undefined);
}

/** The token of an `Authorization` header. */
export const bearerToken = (header: string | undefined): string | undefined =>
  /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(header ?? "")?.[1];

/** The token among the subprotocols of a WebSocket upgrade, where browsers cannot set headers. */
export const protocolToken = (header: string | undefined): string | undefined =>
  header
    ?.split(",")
    .map((protocol) => /^dispatch\.token\.([A-Za-z0-9._~-]+)$/.exec(protocol.trim())?.[1])
    .find((token) => token !== undefined);
