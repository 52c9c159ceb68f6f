/** One request: GET without cookies, credentials or a kept connection, its body unpacked and cut at a size. */
import { get as httpGet, type IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";
import type { LookupFunction } from "node:net";
import type { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { Refusal } from "./refusal.ts";

export interface Fetched {
  readonly status: number;
  readonly statusText: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Reads the body, at most `maxBytes` unpacked. To be called once, or `drop`. */
  body(maxBytes: number): Promise<{ bytes: Buffer; cut: boolean }>;
  /** Ends the connection without reading. */
  drop(): void;
}

export interface RequestOptions {
  readonly lookup: LookupFunction;
  readonly signal: AbortSignal;
  readonly userAgent: string;
}

/** Resolves with the head of the answer. Rejects with the system's error, or the signal's. */
export function request(url: URL, { lookup, signal, userAgent }: RequestOptions): Promise<Fetched> {
  const get = url.protocol === "https:" ? httpsGet : httpGet;
  const headers = {
    "user-agent": userAgent,
    accept: "text/html, text/*;q=0.9, application/json;q=0.9, */*;q=0.1",
    "accept-encoding": "gzip, deflate, br",
  };
  return new Promise((resolve, reject) => {
    // No agent: a kept connection could lead to an address that was checked under another name.
    const asked = get(url, { agent: false, lookup, signal, headers, maxHeaderSize: 16_384 }, (answer) => {
      resolve({
        status: answer.statusCode ?? 0,
        statusText: answer.statusMessage ?? "",
        headers: answer.headers,
        body: (maxBytes) => readBody(answer, maxBytes),
        drop: () => void asked.destroy(),
      });
    });
    asked.on("error", reject);
  });
}

async function readBody(answer: IncomingMessage, maxBytes: number): Promise<{ bytes: Buffer; cut: boolean }> {
  const stream = unpack(answer);
  // The unpacker does not hear of a connection that breaks; and what it says after it was left hurts nobody.
  if (stream !== answer) answer.on("error", (error) => stream.destroy(error));
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxBytes) break;
    }
  } finally {
    answer.destroy();
  }
  return { bytes: Buffer.concat(chunks).subarray(0, maxBytes), cut: size > maxBytes };
}

function unpack(answer: IncomingMessage): Readable {
  const encoding = answer.headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  switch (encoding) {
    case "":
    case "identity":
      return answer;
    case "gzip":
    case "x-gzip":
      return answer.pipe(createGunzip());
    case "deflate":
      return answer.pipe(createInflate());
    case "br":
      return answer.pipe(createBrotliDecompress());
    default:
      answer.destroy();
      throw new Refusal(`The answer is packed as "${encoding}", which cannot be read.`);
  }
}
