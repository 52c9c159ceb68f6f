/** Everything that is not a chat completion: the list of models, and what the API does not have. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type ApiError, errorReply } from "./error-replies.ts";
import type { Ledger } from "./ledger.ts";
import type { TransportReason } from "./records.ts";
import type { StrictServerOptions } from "./server-options.ts";

/** Answers `GET /v1/models`; refuses a wrong key and every other path. */
export function handleOther(
  req: IncomingMessage,
  res: ServerResponse,
  { options, ledger }: { readonly options: StrictServerOptions; readonly ledger: Ledger },
): void {
  const path = req.url?.split("?")[0];
  const refuse = (
    status: number,
    reason: TransportReason,
    error: Partial<ApiError> & { message: string },
  ) => {
    ledger.refuse([{ request: -1, status, reason, message: error.message, param: null }]);
    send(res, status, errorReply(status, error).body);
  };
  if (options.apiKey !== undefined && req.headers.authorization !== `Bearer ${options.apiKey}`) {
    refuse(401, "wrong-key", { message: "Incorrect API key provided.", code: "invalid_api_key" });
  } else if (req.method !== "GET" || path !== "/v1/models") {
    refuse(404, "no-route", { message: `Invalid URL (${req.method} ${path})` });
  } else {
    const models = options.models ?? ["strict-1"];
    const data = models.map((id) => ({ id, object: "model", created: 0, owned_by: "strict" }));
    send(res, 200, { object: "list", data });
  }
}

function send(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
