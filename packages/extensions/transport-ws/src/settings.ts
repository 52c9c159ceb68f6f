/** Settings: every number that bounds a socket. */
export interface Settings {
  readonly frameBytes: number;
  readonly bufferBytes: number;
  readonly pingMs: number;
  readonly stallMs: number;
  readonly closeMs: number;
  readonly maxSockets: number;
  readonly maxSubscriptions: number;
  readonly maxOperations: number;
  readonly badFramesPerMinute: number;
  readonly version: string;
}

const ms = (value: number, what: string) =>
  ({ type: "integer", minimum: 1, default: value, description: `${what}, in milliseconds.` }) as const;
const count = (value: number, description: string) =>
  ({ type: "integer", minimum: 1, default: value, description }) as const;

export const settingsSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    frameBytes: count(1_048_576, "Largest frame of a client, in bytes, all its fragments together."),
    bufferBytes: count(
      262_144,
      "What may wait for one slow client before its streams are asked for more, in bytes.",
    ),
    pingMs: ms(15_000, "Pause between pings; a client that misses two is gone"),
    stallMs: ms(
      30_000,
      "How long a client may take nothing of what waits for it before it is closed with 4000",
    ),
    closeMs: ms(2_000, "How long the closing handshake may take"),
    maxSockets: count(512, "Sockets at once; further ones are answered 429."),
    maxSubscriptions: count(256, "Conversations that one socket may follow."),
    maxOperations: count(32, "Operations of one socket at once; the next frames are read when one is done."),
    badFramesPerMinute: count(
      20,
      "Malformed frames that one socket may send in a minute; one more closes it with 1008.",
    ),
    version: { type: "string", default: "0.1.0", description: "Version of the server, told in `hello`." },
  },
} as const;
