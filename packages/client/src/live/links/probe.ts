/** A browser does not say why an upgrade failed: a request tells a bad token, an absent server and a proxy apart. */
import { type ClientError, clientError, isClientError } from "../../client-error.ts";
import type { Http } from "../../http.ts";
import type { Clock } from "./link.ts";

/** Undefined when the server answers and takes the token. Never rejects. */
export async function probe(
  http: Http,
  clock: Clock,
  timeoutMs: number,
  own: AbortController,
): Promise<ClientError | undefined> {
  const late = clientError("unreachable", "The server did not answer in time.");
  const undo = clock.after(timeoutMs, () => own.abort(late));
  try {
    await http.json("/conversations", { query: { limit: 1 }, signal: own.signal });
    return undefined;
  } catch (error) {
    return isClientError(error) ? error : clientError("unreachable", String(error));
  } finally {
    undo();
  }
}
