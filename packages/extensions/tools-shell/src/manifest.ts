/**
 * What tools-shell is and which of its numbers can be set. Both tools share processes, environment and limits; they are
 * apart because a script can be looked through by no guard and no rule.
 */
import { defineManifest } from "@dispatch/kernel";
import { defaultAllowed } from "./environment.ts";

export interface ShellToolSettings {
  /** Time for a command that names none, in ms. */
  readonly timeoutMs: number;
  /** The most that a call may ask for, in ms. */
  readonly maxTimeoutMs: number;
  /** Output kept of a command, half from its beginning and half from its end, in bytes of UTF-8. */
  readonly outputBytes: number;
  /** From the request to end (SIGTERM) to the end (SIGKILL), in ms. */
  readonly killGraceMs: number;
  /** Most background jobs of a conversation at once. */
  readonly maxJobs: number;
  /** The most, and the default, that a background job may take, in ms. */
  readonly maxJobTimeoutMs: number;
  /** Size of the file with a job's output, in bytes. */
  readonly jobLogBytes: number;
  /** How long a call that starts a job waits for its first output, in ms. */
  readonly jobFirstMs: number;
  /** Names that commands inherit from the server's environment; a `*` at the end stands for any rest. */
  readonly envAllow: readonly string[];
  /** More such names, besides those of `envAllow`. */
  readonly extraEnv: readonly string[];
  /** Refuse arguments that name places outside the working directory. */
  readonly pathGuard: boolean;
  /** Folders besides the working directory that arguments may name. Absolute. */
  readonly roots: readonly string[];
}

const count = (description: string, value: number) =>
  ({ type: "integer", minimum: 1, default: value, description }) as const;

const names = (description: string, value: readonly string[]) =>
  ({ type: "array", items: { type: "string", minLength: 1 }, default: value, description }) as const;

export const manifest = defineManifest({
  id: "tools-shell",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "Tools that run commands and scripts, each in a process group that ends with it.",
  dependsOn: { kv: "*" },
  capabilities: ["spawn", "storage"],
  contributes: { points: { tools: ["run_command", "run_shell"] } },
  listens: {
    events: [
      "session-orchestrator/turnSettled",
      "session-orchestrator/conversationClosed",
      "session-orchestrator/conversationDeleted",
    ],
  },
  settings: {
    type: "object",
    additionalProperties: false,
    properties: {
      timeoutMs: count("Milliseconds a command may take when the call names no time.", 30_000),
      maxTimeoutMs: count("Most milliseconds that a call may ask for.", 600_000),
      outputBytes: count("Bytes of output kept of a command, from its beginning and its end.", 32_768),
      killGraceMs: count("Milliseconds between asking a command to end and killing it.", 250),
      maxJobs: count("Background jobs of a conversation at once.", 8),
      maxJobTimeoutMs: count("Most milliseconds that a background job may take.", 86_400_000),
      jobLogBytes: count(
        "Bytes of the file that keeps a job's output; of more, the latest are kept.",
        1_048_576,
      ),
      jobFirstMs: count("Milliseconds that starting a job waits for its first output.", 2_000),
      envAllow: names(
        "Names inherited from the server's environment; * at the end = any rest.",
        defaultAllowed,
      ),
      extraEnv: names("Names inherited besides envAllow.", []),
      pathGuard: {
        type: "boolean",
        default: true,
        description:
          "Refuse arguments that name places outside the working directory. It does not confine programs.",
      },
      roots: names("Absolute paths of folders besides the working directory that arguments may name.", []),
    },
  },
});
