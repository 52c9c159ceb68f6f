/** Tokens: whose they are. The server's own, from its file, and those that extensions bring. */
import { createHash, timingSafeEqual } from "node:crypto";
import { type DispatchError, dispatchError } from "@dispatch/wire";
import {
  type Caller,
  type Credential,
  type Credentials,
  type Lease,
  type Scope,
  tokenPrefix,
} from "../ports.ts";

/** Undefined: nobody's. `suspended`: somebody's, who will be known again. */
export type Authenticate = (token: string) => Caller | "suspended" | undefined;

/** What a caller without a valid token is told. */
export const unauthorized = (): DispatchError =>
  dispatchError("unauthorized", "The token is missing or wrong.");
/** What is told while a token's extension is away. */
export const suspended = (): DispatchError =>
  dispatchError("shutting-down", "What knows this token is being stopped or started again.");

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();
const everyScope: readonly Scope[] = ["read", "write", "approve", "admin"];
/** Of the caller who holds the server's own token. */
const ownId = "token";

export interface CredentialTable extends Credentials {
  readonly authenticate: Authenticate;
  /** Blots tokens out of a text. */
  redact(text: string): string;
}

/**
 * `own` may do everything. Tokens are compared and looked up by their hash, so neither length nor beginning can be timed.
 * @example
 * const table = createCredentials(token);
 * const { revoke } = table.add({ id: "web-1", tokenHash, scopes: ["read"] });
 */
export function createCredentials(own: string): CredentialTable {
  const ownHash = sha256(own);
  const ownCaller: Caller = Object.freeze({ credential: ownId, scopes: new Set(everyScope) });
  const ids = new Set([ownId]);
  const byHash = new Map<string, { readonly caller: Caller; readonly onUse: Credential["onUse"] }>();
  const away = new Set<string>();
  const quoted = new RegExp(`${tokenPrefix}[A-Za-z0-9_-]{16,}`, "g");

  function add({ id, tokenHash, scopes, onUse }: Credential): Lease {
    if (!/^[a-z0-9][a-z0-9-]{0,127}$/.test(id) || ids.has(id))
      throw new Error(`the credential id "${id}" is taken, or not of lower case letters, digits and dashes`);
    if (!/^[0-9a-f]{64}$/.test(tokenHash) || byHash.has(tokenHash) || tokenHash === ownHash.toString("hex"))
      throw new Error("the hash of the token is taken, or is no SHA-256 in hex");
    const revocation = new AbortController();
    const caller = Object.freeze({
      credential: id,
      scopes: new Set(scopes),
      revoked: revocation.signal,
    });
    ids.add(id);
    byHash.set(tokenHash, { caller, onUse });
    away.delete(tokenHash);
    const end = (reason: DispatchError): boolean => {
      if (byHash.get(tokenHash)?.caller !== caller) return false;
      byHash.delete(tokenHash);
      ids.delete(id);
      revocation.abort(reason);
      return true;
    };
    return {
      revoke: () => void end(unauthorized()),
      suspend: () => void (end(suspended()) && away.add(tokenHash)),
    };
  }

  return {
    add,
    authenticate(given) {
      const hash = sha256(given);
      if (timingSafeEqual(hash, ownHash)) return ownCaller;
      const found = byHash.get(hash.toString("hex"));
      found?.onUse?.();
      return found?.caller ?? (away.has(hash.toString("hex")) ? "suspended" : undefined);
    },
    redact: (text) => text.replaceAll(own, "[redacted]").replace(quoted, "[redacted]"),
  };
}
