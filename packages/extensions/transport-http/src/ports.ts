/**
 * `@dispatch/transport-http/ports`: the point `routes`, where any extension adds its own, the service `listener`, where
 * another transport joins the same port behind the same gate, and the service `credentials`, which lets further tokens in.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type Dispose, definePoint, defineService } from "@dispatch/kernel";
import type { CallContext } from "@dispatch/session-orchestrator/ports";
import type * as z from "zod";

export type Scope = "read" | "write" | "approve" | "admin";
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Whoever holds a valid token. */
export interface Caller {
  /** Id of the credential. */
  readonly credential: string;
  readonly scopes: ReadonlySet<Scope>;
  /**
   * Aborted when the token is no longer valid: what stays open for the caller ends then. Absent: it never is. Its reason is the
   * `DispatchError` that the caller gets: `unauthorized`, or `shutting-down` when the token was only taken back for now.
   */
  readonly revoked?: AbortSignal;
}

/** A request as its handler gets it: everything is checked against the route's schemas. */
export interface RouteRequest<Params = unknown, Query = unknown, Body = unknown> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** Undefined only on public routes. */
  readonly caller: Caller | undefined;
  /** With the Idempotency-Key when the route says that it is `idempotent`. */
  readonly call: CallContext;
  /** With `raw`: the body as it comes. Whoever reads it bounds it. */
  readonly raw?: AsyncIterable<Uint8Array> | undefined;
  /** Version named by `If-Match`. */
  readonly ifMatch?: number | undefined;
  /** Aborted when the client is gone or the server stops. */
  readonly signal: AbortSignal;
  header(name: string): string | undefined;
}

/** An answer in pieces. They are pulled: nothing is made before the client's socket can take more. */
export interface StreamAnswer {
  readonly contentType: string;
  /** The first piece, there at once. */
  readonly open?: string | Uint8Array | undefined;
  /** Written every `heartbeatMs` while the client keeps up. */
  readonly heartbeat?: string | undefined;
  /** The next piece; undefined: the end. A rejection cuts the connection, so the client knows that it was not the end. */
  next(): Promise<string | Uint8Array | undefined>;
  /** The client is gone, the server stops, or it was the end: a pending `next` resolves with undefined. */
  close(): void;
}

interface AnswerHead {
  /** Default 200; 204 without `json`. */
  readonly status?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}
/** A whole body that is not JSON: a page, a script, a file. */
export interface BytesAnswer {
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

export type RouteAnswer = AnswerHead &
  (
    | { readonly json?: unknown; readonly stream?: undefined; readonly body?: undefined }
    | { readonly stream: StreamAnswer; readonly json?: undefined; readonly body?: undefined }
    | { readonly body: BytesAnswer; readonly json?: undefined; readonly stream?: undefined }
  );

/** The media type that stands for all of them: a route with it takes any bytes, and looks at the Content-Type itself. */
export const anyType = "*/*";

/** Describes a body that is not plain JSON. */
export interface OtherBody {
  readonly description: string;
  /** Its media types. */
  readonly types: readonly string[];
  /** Of one piece of it: a line, an event. */
  readonly schema?: z.ZodType;
}

/** An operation. Its schemas check requests and describe it; what it throws is a `DispatchError`. */
export interface RouteDefinition<Params = unknown, Query = unknown, Body = unknown> {
  readonly method: Method;
  /** Segments are literal or `:name`. Below `/ext/<extensionId>/` unless the extension is bundled. */
  readonly path: string;
  /** Same as the name of the contribution. */
  readonly operation: string;
  readonly scope: Scope;
  /** Served without a token too. Default false. */
  readonly public?: boolean;
  /** One sentence. */
  readonly summary: string;
  /** Absent: any text in each. */
  readonly params?: z.ZodType<Params>;
  /** Closed object. Absent: the route takes no query. */
  readonly query?: z.ZodType<Query>;
  /** Absent: a body is ignored. An empty body counts as `{}`. */
  readonly body?: z.ZodType<Body>;
  /** Takes a body that is not JSON, and reads it itself. `types` may be `[anyType]`. Not together with `body`. */
  readonly raw?: OtherBody;
  /** Request headers the handler reads, each with what it is for. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Status → schema of its JSON, or what it is. 412 says that the route honours `If-Match`. */
  readonly responses: Readonly<Record<number, z.ZodType | string | OtherBody>>;
  /** Honours `Idempotency-Key`. Default false. */
  readonly idempotent?: boolean;
  handle(request: RouteRequest<Params, Query, Body>): Promise<RouteAnswer>;
}

/** Gives `handle` its types from the schemas. */
export const defineRoute = <Params = Record<string, string>, Query = Record<string, never>, Body = undefined>(
  route: RouteDefinition<Params, Query, Body>,
): RouteDefinition => route;

/** Routes by operation id. */
export const routes = definePoint<RouteDefinition>()("transport-http/routes");

/** Owns the socket from here on. The request has passed the gate and its caller holds a valid token. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer, caller: Caller) => void;

export interface Listener {
  /** Without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Is this address, as a `Host` header has it, one that is served? */
  serves(host: string): boolean;
  /** Takes over WebSocket upgrades to this path. Throws when it is taken. */
  upgrade(path: string, handler: UpgradeHandler): Dispose;
}

export const listener = defineService<Listener>()("transport-http/listener");

/** A further token, kept by its hash alone. */
export interface Credential {
  /** What callers and idempotency keys are named by. Lower case letters, digits and dashes, and never `token`. */
  readonly id: string;
  /** SHA-256 of the token, in hex. */
  readonly tokenHash: string;
  readonly scopes: readonly Scope[];
  /** Called at each request and upgrade that it lets in. Must be cheap and must not throw. */
  readonly onUse?: () => void;
}

export interface Credentials {
  /**
   * Lets a token in, by the same gate for requests and upgrades. Throws when the id or the hash is malformed or taken.
   *
   * Tokens begin with `tokenPrefix`, so that they are blotted out wherever a problem would quote them.
   */
  add(credential: Credential): Lease;
}

/** A token that is let in, until one of these is called; both cut what is under way for it, and again do nothing. */
export interface Lease {
  /** It is worth nothing any more: refused with 401 from now on, so its holder forgets it. */
  revoke(): void;
  /** Whoever vouches for it goes (a stop, a reload): refused with 503 until it is added again, so its holder comes back with it. */
  suspend(): void;
}

/** How the tokens of credentials begin. */
export const tokenPrefix = "dsp_";

export const credentials = defineService<Credentials>()("transport-http/credentials");
