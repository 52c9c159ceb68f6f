/**
 * The gate: who may talk to this port at all, decided from a request's head alone, the same for requests and upgrades.
 * Against pages in a browser on this machine (foreign Origin, rebound Host) as much as against strangers.
 */
import type { IncomingMessage } from "node:http";
import { type DispatchError, dispatchError } from "@dispatch/wire";
import type { Caller } from "../ports.ts";
import { type Authenticate, suspended } from "./credentials.ts";
import { bearerToken, protocolToken } from "./given-token.ts";
import type { Limits } from "./limits.ts";
import type { ServedHosts } from "./served-hosts.ts";

/** The part of a request that is judged. */
export type Head = Pick<IncomingMessage, "method" | "url" | "headers" | "rawHeaders" | "socket">;

export interface Gate {
  readonly served: ServedHosts;
  readonly authenticate: Authenticate;
  readonly limits: Limits;
}

/** Let in: as whom; undefined is no valid token, enough for public routes only. */
export type Verdict =
  | { readonly ok: true; readonly caller: Caller | undefined }
  | { readonly ok: false; readonly error: DispatchError };

export function judge(head: Head, gate: Gate, kind: "request" | "upgrade"): Verdict {
  const error = targetError(head.url ?? "") ?? hostError(head, gate.served) ?? originError(head, gate.served);
  return error ? { ok: false, error } : identify(head, gate, kind);
}

/** Who it is, as long as that may still be asked. */
function identify(head: Head, { authenticate, limits }: Gate, kind: "request" | "upgrade"): Verdict {
  const address = head.socket.remoteAddress;
  const given = isTokenGiven(head, kind);
  const barred = given ? limits.barred(address) : undefined;
  if (barred) return { ok: false, error: barred };
  const caller = callerOf(head, authenticate, kind);
  if (caller === "suspended") return { ok: false, error: suspended() };
  const error = given && !caller ? limits.failed(address) : undefined;
  const excess = error ?? limits.request(address, caller);
  return excess ? { ok: false, error: excess } : { ok: true, caller };
}

const isTokenGiven = ({ headers }: Head, kind: "request" | "upgrade"): boolean =>
  headers.authorization !== undefined ||
  (kind === "upgrade" && protocolToken(headers["sec-websocket-protocol"]) !== undefined);

/** The request target as sent: a plain path. What could mean another path to another reader is refused. */
function targetError(target: string): DispatchError | undefined {
  const [path = ""] = target.split("?", 1);
  if (!path.startsWith("/")) return dispatchError("bad-request", "The request target is not a path.");
  if (/[\\#]|%00|%5c/i.test(path))
    return dispatchError("bad-request", "The path holds a character that is never served.");
  const dots = path.split("/").some((segment) => /^(\.|%2e){1,2}$/i.test(segment));
  return dots ? dispatchError("bad-request", "The path holds a `.` or `..` segment.") : undefined;
}

function hostError(head: Head, served: ServedHosts): DispatchError | undefined {
  const [host, ...more] = valuesOf(head, "host");
  if (host === undefined) return dispatchError("bad-request", "The Host header is missing.");
  if (more.length > 0) return dispatchError("bad-request", "There is more than one Host header.");
  return served.hosts.has(host.toLowerCase())
    ? undefined
    : dispatchError("forbidden-host", "This Host is not served here.");
}

/** Absent (no browser), or this very server. `null`, what sandboxed frames and files send, is foreign. */
function originError(head: Head, served: ServedHosts): DispatchError | undefined {
  const host = head.headers.host?.toLowerCase() ?? "";
  const site = head.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none" && !isLinkFollowed(head)) {
    return dispatchError("forbidden-origin", "Another site's page asked for this.");
  }
  const [origin, ...more] = valuesOf(head, "origin");
  if (origin === undefined) return undefined;
  const own = origin === `http://${host}` || (served.proxied.has(host) && origin === `https://${host}`);
  return own && more.length === 0
    ? undefined
    : dispatchError("forbidden-origin", "Requests from this Origin are refused.");
}

/**
 * A person follows a link in another site's page: a whole page of its own, which that site can neither read nor frame. It has no
 * token with it, so it gets public pages only.
 */
const isLinkFollowed = ({ method, headers }: Head): boolean =>
  method === "GET" &&
  headers["sec-fetch-mode"] === "navigate" &&
  headers["sec-fetch-dest"] === "document" &&
  headers.authorization === undefined;

function callerOf(
  head: Head,
  authenticate: Authenticate,
  kind: "request" | "upgrade",
): ReturnType<Authenticate> {
  const [authorization, ...more] = valuesOf(head, "authorization");
  if (more.length > 0) return undefined;
  const viaProtocol = kind === "upgrade" && authorization === undefined;
  const token = viaProtocol
    ? protocolToken(head.headers["sec-websocket-protocol"])
    : bearerToken(authorization);
  return token === undefined ? undefined : authenticate(token);
}

/** Every value sent under a name: the parser keeps only the first of some. */
function valuesOf({ rawHeaders }: Head, name: string): string[] {
  const values: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === name) values.push(rawHeaders[index + 1] ?? "");
  }
  return values;
}
