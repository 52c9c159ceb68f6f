/** Settings of the transport, as the host hands them over: checked, defaults filled in. */
import type { ConfigAnswer } from "@dispatch/wire";

export interface Settings {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** File that holds the token. */
  readonly tokenFile: string;
  /** Further values of the Host header: `name` or `name:port`, as a reverse proxy sends them. */
  readonly allowedHosts: readonly string[];
  readonly bodyLimitBytes: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly maxConnections: number;
  readonly authFailuresPerMinute: number;
  readonly requestsPer10Seconds: number;
  readonly heartbeatMs: number;
  readonly streamBufferBytes: number;
  readonly shutdownMs: number;
  /** Told by /health to holders of a token. */
  readonly version: string;
  /** What the server was configured with, as `/config` tells it. */
  readonly configuration: ConfigAnswer;
}

const ms = (value: number, description: string) => ({
  type: "integer",
  minimum: 1,
  maximum: 2_147_483_647,
  default: value,
  description: `${description}, in ms.`,
});
const count = (value: number, description: string) => ({
  type: "integer",
  minimum: 1,
  default: value,
  description,
});

export const settingsSchema = {
  type: "object",
  additionalProperties: false,
  required: ["tokenFile"],
  properties: {
    host: { type: "string", minLength: 1, default: "127.0.0.1", description: "Address to listen on." },
    port: { type: "integer", minimum: 0, maximum: 65_535, default: 24_203, description: "0 = any free one." },
    tokenFile: { type: "string", minLength: 1, description: "File that holds the token; must exist." },
    allowedHosts: {
      type: "array",
      items: { type: "string", minLength: 1 },
      default: [],
      description: "Further values of the Host header to serve: `name` or `name:port`.",
    },
    bodyLimitBytes: count(1_048_576, "Largest body, in bytes."),
    headersTimeoutMs: ms(10_000, "Time to send the headers of a request"),
    requestTimeoutMs: ms(30_000, "Time to send a whole request, its body included"),
    keepAliveTimeoutMs: ms(5_000, "How long an idle connection is kept"),
    maxConnections: count(1_024, "Connections at once; further ones are dropped."),
    authFailuresPerMinute: count(
      50,
      "Wrong tokens from one address in a minute; further ones are answered 429, and from another machine the right one is too.",
    ),
    requestsPer10Seconds: count(
      2_000,
      "Requests of one credential (without one: of one address) in 10 s; further ones are answered 429.",
    ),
    heartbeatMs: ms(15_000, "Pause between the heartbeats of an event stream"),
    streamBufferBytes: count(262_144, "What may wait for one slow client before it is given more, in bytes."),
    shutdownMs: ms(2_000, "How long connections may take to end when the server stops"),
    configuration: {
      type: "object",
      required: ["files", "values"],
      default: { files: [], values: [] },
      description: "Told by /config; the program fills it in.",
    },
    version: { type: "string", default: "0.1.0", description: "Version of the server, told by /health." },
  },
} as const;
