/** What a server runs with: its effective configuration, where each value comes from, secrets hidden. */
import * as z from "zod";

export const configValue = z.object({
  /** With dots: `server.port`. */
  path: z.string(),
  /** Hidden where it is a secret, or could hold one. */
  value: z.unknown(),
  /** `built-in`, a file, `environment DISPATCH_PORT`, `flag --port`. */
  source: z.string(),
});
export type ConfigValue = z.infer<typeof configValue>;

/** GET /config. */
export const configAnswer = z
  .object({
    /** Where its store is. */
    dataDir: z.string().optional(),
    logFile: z.string().optional(),
    /** Configuration files that were read. */
    files: z.array(z.string()),
    values: z.array(configValue),
  })
  .meta({ id: "ServerConfig" });
export type ConfigAnswer = z.infer<typeof configAnswer>;
