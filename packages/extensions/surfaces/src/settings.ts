/** Settings: how often surfaces are read, and how long their extensions may take. */
export interface Settings {
  readonly refreshMs: number;
  readonly readMs: number;
  readonly actionMs: number;
  readonly maxSubscriptions: number;
  readonly idempotencyMs: number;
}

const whole = (value: number, description: string) =>
  ({ type: "integer", minimum: 1, default: value, description }) as const;

export const settingsSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    refreshMs: whole(
      50,
      "A surface that changes again and again is read at most this often, in milliseconds.",
    ),
    readMs: whole(5_000, "How long an extension may take to say what its surface shows, in milliseconds."),
    actionMs: whole(30_000, "How long an action may take, in milliseconds."),
    maxSubscriptions: whole(64, "Surfaces that one socket may follow."),
    idempotencyMs: whole(
      24 * 60 * 60_000,
      "How long the key of an action that was carried out is remembered, in milliseconds.",
    ),
  },
} as const;
