/** Reading a body: its type is checked before, its size while it comes in. */
import type { IncomingMessage } from "node:http";
import { dispatchError } from "@dispatch/wire";
import { anyType } from "../ports.ts";

type Headers = IncomingMessage["headers"];

export const hasBody = (headers: Headers): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

/** Throws unless the body is plain UTF-8 JSON. */
export const assertJsonType = (headers: Headers): void => assertType(headers, ["application/json"]);

/** Throws unless the body is plain UTF-8 text of one of these media types; where they hold `anyType`, any bytes. */
export function assertType(headers: Headers, types: readonly string[]): void {
  if (!types.includes(anyType)) assertText(headers, types);
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    throw dispatchError("unsupported-media-type", "Compressed bodies are not taken.", {
      fix: "Send it as it is.",
    });
  }
}

function assertText(headers: Headers, types: readonly string[]): void {
  const [type = "", ...parameters] = (headers["content-type"] ?? "")
    .split(";")
    .map((part) => part.trim().toLowerCase());
  if (!types.includes(type)) {
    const given = type === "" ? "no Content-Type" : JSON.stringify(type);
    throw dispatchError("unsupported-media-type", `The body came with ${given}.`, {
      ...(types[0] === "application/json" ? {} : { fix: `Send \`Content-Type: ${types[0]}\`.` }),
    });
  }
  const charset = parameters.find((parameter) => parameter.startsWith("charset="));
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) {
    throw dispatchError("unsupported-media-type", "The body is not UTF-8.");
  }
}

/** All bytes. Throws `payload-too-large` as soon as it is known, and leaves the rest unread. */
export function readBody(incoming: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = () => dispatchError("payload-too-large", `A body may have at most ${limit} bytes.`);
  if (Number(incoming.headers["content-length"] ?? 0) > limit) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (run: () => void) => {
      incoming.off("data", onData).off("end", onEnd).off("close", onClose);
      run();
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else settle(() => reject(tooLarge()));
    };
    const onEnd = () => settle(() => resolve(Buffer.concat(chunks)));
    const onClose = () => settle(() => reject(dispatchError("bad-request", "The body was cut.")));
    incoming.on("data", onData).on("end", onEnd).on("close", onClose);
  });
}
