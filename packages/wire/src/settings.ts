/**
 * What can be set per turn and per conversation, written once: the POST/PATCH bodies, the
 * `/conversations/:id/<setting>` routes, `dispatch set` and the resolution order all come from this table.
 */
import * as z from "zod";

/** Reasoning effort, least to most. */
export const efforts = ["low", "medium", "high", "xhigh", "max"] as const;
export const effort = z.enum(efforts).meta({ id: "Effort", description: "Reasoning effort; default high." });
export type Effort = z.infer<typeof effort>;

export const approvalsModes = ["read-only", "ask", "workspace", "full"] as const;
export const approvalsMode = z.enum(approvalsModes).meta({ id: "ApprovalsMode" });
export type ApprovalsMode = z.infer<typeof approvalsMode>;

/** Shapes of every setting. Times in milliseconds, money in US dollars. */
export const settingShapes = {
  model: z.string().min(1).max(256).meta({ description: "`<credential>/<model>`" }),
  effort,
  cwd: z.string().min(1).max(4096).meta({ description: "Working directory of the tools, absolute." }),
  dirs: z.array(z.string().min(1).max(4096)).max(16).meta({
    description: "Further folders that tools may use, absolute.",
  }),
  worktree: z
    .union([
      z.boolean(),
      z
        .string()
        .max(200)
        .regex(/^[A-Za-z0-9_][A-Za-z0-9_./-]*$/)
        // On a command line these words are the values, not names. Not in the pattern: generators of JSON Schema have no lookahead.
        .refine(
          (name) => !["true", "false", "null"].includes(name),
          "true, false and null are no branch names",
        ),
    ])
    .meta({ description: "A git worktree of its own, made at its first turn; a text names its branch." }),
  system: z.string().max(262_144).meta({ description: "System prompt text." }),
  maxSteps: z.int().min(1).max(10_000),
  timeoutMs: z.int().min(1).max(2_147_483_647),
  maxCostUsd: z.number().positive(),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().max(32_768)).meta({
    description: "Environment additions for tools. Values are never shown again.",
  }),
  compactThreshold: z.number().min(0).max(100).meta({ description: "% of the model's window; 0 = off." }),
  warming: z.object({ enabled: z.boolean(), intervalMs: z.int().min(1_000).optional() }),
  approvals: approvalsMode,
} as const;

export const settings = z.object(settingShapes).partial().meta({ id: "Settings" });
export type Settings = z.infer<typeof settings>;
export type SettingName = keyof typeof settingShapes;
export const settingNames = Object.keys(settingShapes) as SettingName[];

/** A patch of settings: null clears one, so the next lower source applies. */
export type SettingsPatch = { [K in SettingName]?: Settings[K] | null | undefined };

/** Where an effective value comes from, strongest first. */
export type SettingSource = "turn" | "conversation" | "config" | "built-in";

/** URL segment of `/conversations/:id/<segment>` for those settings which have a route of their own. */
export const settingRoutes = {
  cwd: "cwd",
  model: "model",
  "reasoning-effort": "effort",
  "compact-threshold": "compactThreshold",
  warming: "warming",
} as const satisfies Record<string, SettingName>;
