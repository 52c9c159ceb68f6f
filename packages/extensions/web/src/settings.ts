/** Settings of the live view, as the host hands them over: checked, defaults filled in. */

export interface Settings {
  readonly linkMs: number;
  readonly idleMs: number;
  readonly maxBrowsers: number;
}

export const settingsSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    linkMs: {
      type: "integer",
      minimum: 1,
      maximum: 86_400_000,
      default: 300_000,
      description: "How long a login link can be used, in ms.",
    },
    idleMs: {
      type: "integer",
      minimum: 1,
      default: 2_592_000_000,
      description: "A browser that was not used for so long has to log in again, in ms; 30 days.",
    },
    maxBrowsers: {
      type: "integer",
      minimum: 1,
      maximum: 1_000,
      default: 50,
      description: "Browsers that are logged in at once; beyond them the one not used longest is logged out.",
    },
  },
} as const;
