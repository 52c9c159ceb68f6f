/** The error table: every code a client can meet, its HTTP status, sentence and fix. `notes/errors.md` is made from it. */
import * as z from "zod";

interface ErrorEntry {
  status: number;
  title: string;
  fix?: string;
}
const table = {
  "bad-request": { status: 400, title: "The request could not be read." },
  "invalid-request": {
    status: 400,
    title: "The request does not fit its schema.",
    fix: "See `errors` for each path.",
  },
  "unknown-model": {
    status: 400,
    title: "No such model.",
    fix: "`dispatch models` lists what is available.",
  },
  "unknown-attachment": {
    status: 400,
    title: "No such attachment.",
    fix: "Upload it with `POST /attachments` and send what that answers.",
  },
  "unknown-price": {
    status: 400,
    title: "No price is known for this model, so its spend cannot be limited.",
    fix: "Set a price for it in the configuration, or leave maxCostUsd out.",
  },
  "unknown-setting": { status: 400, title: "No such setting." },
  "invalid-cwd": {
    status: 400,
    title: "The working directory cannot be used.",
    fix: "Give an existing absolute folder.",
  },
  "invalid-worktree": {
    status: 400,
    title: "The conversation cannot have this git worktree.",
    fix: "Give a folder of a git repository as cwd and a branch that is free, or leave `worktree` out.",
  },
  unauthorized: {
    status: 401,
    title: "A valid token is needed.",
    fix: "Send `Authorization: Bearer <token>`; the token is in the file `token` of the data folder.",
  },
  "forbidden-host": {
    status: 403,
    title: "This Host is not served.",
    fix: "Use the address that `dispatch serve` printed.",
  },
  "forbidden-origin": { status: 403, title: "Requests from this Origin are refused." },
  "forbidden-scope": { status: 403, title: "The token's scope does not allow this." },
  "login-link-invalid": {
    status: 403,
    title: "This login link is not valid.",
    fix: "`dispatch web` prints a new one; each is good once, for a few minutes.",
  },
  "not-found": { status: 404, title: "There is nothing at this address." },
  "conversation-not-found": {
    status: 404,
    title: "No such conversation.",
    fix: "`dispatch list --all` shows all of them.",
  },
  "turn-not-found": { status: 404, title: "The conversation has no turn yet." },
  "approval-not-found": {
    status: 404,
    title: "Nothing waits for this approval.",
    fix: "`dispatch approve` lists what waits.",
  },
  "command-not-found": {
    status: 404,
    title: "No extension contributes this command.",
    fix: "`dispatch --help` lists the commands.",
  },
  "surface-not-found": {
    status: 404,
    title: "No such surface.",
    fix: "`GET /surfaces` lists what there is.",
  },
  "action-not-found": { status: 404, title: "The surface has no such action." },
  "method-not-allowed": { status: 405, title: "This address does not take this method." },
  "request-timeout": {
    status: 408,
    title: "The request took too long to arrive.",
    fix: "Repeat it, over a connection that keeps up.",
  },
  "conversation-busy": {
    status: 409,
    title: "A turn is running in this conversation.",
    fix: "Wait for it, stop it, or queue the message.",
  },
  "conversation-exists": { status: 409, title: "A conversation with this id exists." },
  "ambiguous-id": {
    status: 409,
    title: "The prefix fits more than one conversation.",
    fix: "Give more characters.",
  },
  "idempotency-mismatch": {
    status: 409,
    title: "This Idempotency-Key was used with another body.",
    fix: "Use a new key for a new request.",
  },
  "version-conflict": {
    status: 412,
    title: "The conversation changed meanwhile.",
    fix: "Read it again and repeat.",
  },
  "payload-too-large": { status: 413, title: "The body is too large." },
  "unsupported-media-type": {
    status: 415,
    title: "Bodies are JSON.",
    fix: "Send `Content-Type: application/json`.",
  },
  "too-many-requests": { status: 429, title: "Too many requests.", fix: "Wait and repeat." },
  "approval-answered": { status: 409, title: "This approval has been answered." },
  "queue-full": {
    status: 429,
    title: "The queue of this conversation is full.",
    fix: "Wait until some of it is delivered, or cancel what is not needed.",
  },
  "headers-too-large": {
    status: 431,
    title: "The headers are too large.",
    fix: "Send fewer or shorter headers.",
  },
  "surface-failed": {
    status: 502,
    title: "The extension behind this surface failed.",
    fix: "`dispatch extensions --why` and the server's log say more.",
  },
  "provider-failed": { status: 502, title: "The model's provider failed." },
  internal: { status: 500, title: "Dispatch made a mistake.", fix: "The server's log has the details." },
  "not-implemented": { status: 501, title: "This server has nothing that does this." },
  "turn-not-stopped": {
    status: 503,
    title: "The running turn did not make way in time; nothing of the message is kept.",
    fix: "Repeat it, or queue it behind the turn.",
  },
  starting: {
    status: 503,
    title: "The server is starting.",
    fix: "Repeat in a moment: it is ready when `/health` says 200.",
  },
  "shutting-down": { status: 503, title: "The server is stopping.", fix: "Repeat when it is back." },
  "attachments-full": {
    status: 507,
    title: "The folder of attachments is full.",
    fix: "Delete conversations with attachments, or raise `extensions.attachments.settings.maxTotalBytes`.",
  },
  "store-failed": {
    status: 503,
    title: "The store refuses writes.",
    fix: "Free disk space: writes go on by themselves then. If there is enough, restart the server.",
  },
  "store-locked": {
    status: 503,
    title: "Another process uses this data folder.",
    fix: "Stop that process, or give this one its own --data-dir.",
  },
  "store-newer": {
    status: 503,
    title: "The store was written by a newer Dispatch.",
    fix: "Update Dispatch.",
  },
  "store-damaged": {
    status: 503,
    title: "The store is damaged.",
    fix: "Restore the data folder from a backup.",
  },
  "service-missing": {
    status: 503,
    title: "A part that this needs is not loaded.",
    fix: "`dispatch extensions --why` names it.",
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof table;
export const errorTable: Readonly<Record<ErrorCode, ErrorEntry>> = table;

export interface FieldError {
  path: string;
  message: string;
}

/** `application/problem+json` (RFC 9457) as Dispatch answers it. */
export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    fix: z.string().optional(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    retryAfterMs: z.number().optional(),
  })
  .loose()
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof problem>;

export interface ErrorDetails {
  fix?: string | undefined;
  errors?: readonly FieldError[] | undefined;
  retryAfterMs?: number | undefined;
  /** Extra members of the problem, e.g. `{ turnId }` of the running turn. */
  data?: Readonly<Record<string, unknown>> | undefined;
  cause?: unknown;
}

/** An error with a code of the table: what any public path may throw. */
export type DispatchError = Error & { readonly code: ErrorCode; readonly details: ErrorDetails };

/** Makes one. `detail` says what happened here; title, status and default fix come from the table. */
export function dispatchError(code: ErrorCode, detail: string, details: ErrorDetails = {}): DispatchError {
  const error = new Error(detail, details.cause === undefined ? undefined : { cause: details.cause });
  error.name = "DispatchError";
  return Object.assign(error, { code, details });
}

export function isDispatchError(error: unknown): error is DispatchError {
  return (
    error instanceof Error &&
    "code" in error &&
    "details" in error &&
    Object.hasOwn(table, String(error.code))
  );
}

/** The answer for any thrown value. An unknown one becomes `internal` and gives away nothing of itself. */
export function toProblem(error: unknown): Problem {
  const known = isDispatchError(error)
    ? error
    : dispatchError("internal", "Something failed that should not have.");
  const entry = errorTable[known.code];
  const { fix = entry.fix, errors, retryAfterMs, data } = known.details;
  return {
    ...data,
    type: `urn:dispatch:error:${known.code}`,
    title: entry.title,
    status: entry.status,
    code: known.code,
    detail: known.message,
    ...(fix === undefined ? {} : { fix }),
    ...(errors === undefined ? {} : { errors: [...errors] }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}
