/** One POST to `/v1/chat/completions`, from the first byte to the end of the answer. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { checkRequest } from "./check-request.ts";
import { errorReply } from "./error-replies.ts";
import type { Exchange } from "./exchange.ts";
import type { Ledger } from "./ledger.ts";
import { play } from "./play.ts";
import { emptyReply, type ReceivedRequest, type Refusal } from "./records.ts";
import type { Reply } from "./reply.ts";
import type { StrictServerOptions } from "./server-options.ts";

/** What the handler needs from its server. */
export interface ChatContext {
  readonly options: StrictServerOptions;
  readonly ledger: Ledger;
  /** Takes the reply scripted for a request. */
  readonly next: (request: ReceivedRequest) => Promise<Reply | undefined>;
  /** True once the server itself destroys the sockets. */
  readonly isClosing: () => boolean;
}

/** A refusal with the `code` of its error object. */
type Refused = Omit<Refusal, "request"> & { readonly code: string | null };

/** Receives, checks, answers and records one request. Never rejects. */
export async function handleChat(
  req: IncomingMessage,
  res: ServerResponse,
  context: ChatContext,
): Promise<void> {
  const { ledger } = context;
  const raw = await readAll(req).catch(() => undefined);
  if (raw === undefined) return;
  const body = parse(raw);
  // A body that is refused may have any shape; scripts never see it.
  const request = {
    index: ledger.requests.length,
    at: Date.now(),
    headers: req.headers,
    body,
  } as ReceivedRequest;
  const sent = emptyReply(request.index);
  const gone = new AbortController();
  const exchange: Exchange = { request, response: res, sent, gone: gone.signal, changed: ledger.changed };
  res.setHeader("x-request-id", `req_${request.index}`);
  ledger.requests.push(request);
  ledger.sent.push(sent);
  ledger.log({ type: "request", request });
  // Writing to a socket that has just gone is an error event, and no news: `close` follows.
  res.on("error", () => {});
  res.on("close", () => {
    if (!res.writableFinished && sent.outcome === "streaming") {
      sent.outcome = "aborted";
      if (!context.isClosing()) request.closedByClientAt = Date.now();
    }
    gone.abort();
    ledger.changed();
  });
  ledger.changed();

  try {
    await play(await choose(request, context), exchange);
  } catch (error) {
    if (!gone.signal.aborted) {
      // The reply itself is broken (a script that is not what `Reply` says): say so, and let the client see a cut.
      refuse(request, [refusal(sent.status, "script-failed", `The reply failed: ${String(error)}`)], ledger);
      sent.outcome = "cut";
      res.destroy();
    }
  } finally {
    sent.endedAt = Date.now();
    const { closedByClientAt } = request;
    ledger.log({ type: "response", sent, ...(closedByClientAt === undefined ? {} : { closedByClientAt }) });
    ledger.changed();
  }
}

/** The scripted reply, or the refusal of a request that must not have one. */
async function choose(request: ReceivedRequest, context: ChatContext): Promise<Reply> {
  const refused = check(request, context.options);
  if (refused.length > 0) return refuse(request, refused, context.ledger);
  try {
    const reply = await context.next(request);
    if (reply === undefined) {
      const message = "No reply was scripted for this request, and the server has no respond() fallback.";
      return refuse(request, [refusal(400, "unscripted", message)], context.ledger);
    }
    const { splitBytes } = context.options;
    return "steps" in reply && splitBytes !== undefined ? { splitBytes, ...reply } : reply;
  } catch (error) {
    return refuse(
      request,
      [refusal(500, "script-failed", `The script failed: ${String(error)}`)],
      context.ledger,
    );
  }
}

function check({ headers, body }: ReceivedRequest, options: StrictServerOptions): Refused[] {
  if (options.apiKey !== undefined && headers.authorization !== `Bearer ${options.apiKey}`)
    return [refusal(401, "wrong-key", "Incorrect API key provided.", "invalid_api_key")];
  const type = headers["content-type"] ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type))
    return [
      refusal(415, "content-type", `Invalid Content-Type header (${type}), expected application/json.`),
    ];
  if (body === undefined)
    return [refusal(400, "invalid-json", "We could not parse the JSON body of your request.")];
  return checkRequest(body, options).map((fault) => ({ status: 400, ...fault }));
}

function refusal(
  status: number,
  reason: Refusal["reason"],
  message: string,
  code: string | null = null,
): Refused {
  return { status, reason, message, param: null, code };
}

/** Records all the reasons; the client is told the first, as by the real API. */
function refuse(request: ReceivedRequest, refused: readonly Refused[], ledger: Ledger): Reply {
  ledger.refuse(
    refused.map(({ status, reason, message, param }) => ({
      request: request.index,
      status,
      reason,
      message,
      param,
    })),
  );
  const [{ status, message, param, code } = refusal(500, "script-failed", "refused without a reason")] =
    refused;
  return errorReply(status, { message, param, code });
}

async function readAll(req: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of req) parts.push(part);
  return Buffer.concat(parts);
}

/** The JSON value in `raw`; undefined when it is not UTF-8 or not JSON. */
function parse(raw: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(raw));
  } catch {
    return undefined;
  }
}
