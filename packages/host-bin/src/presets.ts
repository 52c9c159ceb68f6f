/** Presets: which extensions a program is made of. Names only; adding a feature is one line here. */

/** The command line. */
export const cliPreset: readonly string[] = ["@dispatch/cli"];

/** `dispatch serve`. Order does not matter: dependencies decide. */
export const serverPreset: readonly string[] = [
  "@dispatch/store-level",
  "@dispatch/credentials",
  "@dispatch/provider-openai",
  "@dispatch/provider-offline",
  "@dispatch/session-orchestrator",
  "@dispatch/tools-fs",
  "@dispatch/tools-shell",
  "@dispatch/tools-todo",
  "@dispatch/tools-web",
  "@dispatch/approvals",
  "@dispatch/attachments",
  "@dispatch/transport-http",
  "@dispatch/transport-ws",
  "@dispatch/commands",
  "@dispatch/surfaces",
  "@dispatch/notices",
  "@dispatch/message-queue",
  "@dispatch/watchdog",
  "@dispatch/tools-spawn",
  "@dispatch/web",
  "@dispatch/worktrees",
];
