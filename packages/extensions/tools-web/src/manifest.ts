/** What tools-web is and which of its numbers can be set. */
import { defineManifest } from "@dispatch/kernel";

export interface WebToolSettings {
  /** Time for a fetch with all its redirects, in ms. */
  readonly timeoutMs: number;
  /** Of a body, unpacked, in bytes: what comes after is not read. */
  readonly maxBytes: number;
  /** Text that one answer may hold, in bytes of UTF-8. */
  readonly maxTextBytes: number;
  readonly maxRedirects: number;
  /** Time for making text of a page, in ms; after it a simpler way is taken. */
  readonly convertMs: number;
  /** Allow addresses of this machine and of private networks. */
  readonly allowPrivate: boolean;
}

const count = (description: string, value: number, minimum = 1) =>
  ({ type: "integer", minimum, default: value, description }) as const;

export const manifest = defineManifest({
  id: "tools-web",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "A tool that fetches a page of the public web as text.",
  capabilities: ["network"],
  contributes: { points: { tools: ["web_fetch"] } },
  settings: {
    type: "object",
    additionalProperties: false,
    properties: {
      timeoutMs: count("Milliseconds that a fetch may take, redirects included.", 30_000),
      maxBytes: count("Bytes read of a body, unpacked.", 1_048_576),
      maxTextBytes: count("Bytes of text that one answer may hold; a turn keeps 65,536 of a result.", 60_000),
      maxRedirects: count("Redirects followed.", 5, 0),
      convertMs: count("Milliseconds for making Markdown of a page; then its bare text is taken.", 3_000),
      allowPrivate: {
        type: "boolean",
        default: false,
        description:
          "Allow addresses of this machine and of private networks: whatever listens there without a password is then open to the model.",
      },
    },
  },
});
