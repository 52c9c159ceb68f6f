/** One request to the server: address, token, JSON both ways, problems as errors. */
import { clientError, errorOf } from "./client-error.ts";

export interface HttpOptions {
  /** Origin of the server, e.g. `http://127.0.0.1:24203`. */
  readonly url: string;
  readonly token?: string | undefined;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof fetch | undefined;
}

export interface Call {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  /** A body that is not JSON. */
  readonly raw?: { readonly type: string; readonly body: Blob | Uint8Array<ArrayBuffer> };
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export interface Http {
  /** The answer's JSON. Rejects with a `ClientError`. */
  json<T>(path: string, call?: Call): Promise<T>;
  /** The answer itself, once it is known to be a success. */
  open(path: string, call?: Call): Promise<Response>;
}

/** Segments are encoded by the caller through `segment`. */
export const segment = (text: string): string => encodeURIComponent(text);

export function createHttp(options: HttpOptions): Http {
  const send = options.fetch ?? fetch;

  function addressOf(path: string, query: Call["query"] = {}): URL {
    const address = new URL(path, options.url);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) address.searchParams.set(name, String(value));
    }
    return address;
  }

  async function open(path: string, call: Call = {}): Promise<Response> {
    const headers: Record<string, string> = { accept: "application/json", ...call.headers };
    if (options.token !== undefined) headers.authorization = `Bearer ${options.token}`;
    const init: RequestInit = { method: call.method ?? "GET", headers, redirect: "error" }; // the token goes nowhere else
    if (call.body !== undefined) {
      headers["content-type"] = "application/json";
      init.body = JSON.stringify(call.body);
    }
    if (call.raw !== undefined) {
      headers["content-type"] = call.raw.type;
      init.body = call.raw.body;
    }
    if (call.signal) init.signal = call.signal;
    let response: Response;
    try {
      response = await send(addressOf(path, call.query), init);
    } catch (cause) {
      call.signal?.throwIfAborted();
      throw clientError("unreachable", `No Dispatch server answers at ${options.url}.`, { cause });
    }
    if (!response.ok) throw await errorOf(response);
    return response;
  }

  return {
    open,
    async json<T>(path: string, call?: Call) {
      const response = await open(path, call);
      try {
        return (await response.json()) as T;
      } catch (cause) {
        call?.signal?.throwIfAborted();
        throw clientError("bad-answer", `The answer to ${path} was cut or is not JSON.`, {
          status: response.status,
          cause,
        });
      }
    },
  };
}
