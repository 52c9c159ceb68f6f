/** `@dispatch/worktrees`: gives conversations that ask for it a git worktree of their own. */
import { defineExtension } from "@dispatch/kernel";
import { workplaces } from "@dispatch/session-orchestrator/ports";
import { createGit } from "./git.ts";
import { manifest, type WorktreeSettings } from "./manifest.ts";
import { createWorktrees } from "./worktrees.ts";

export { manifest };

export default defineExtension<typeof manifest, WorktreeSettings>(manifest, (host) => {
  const { folder, gitTimeoutMs } = host.settings;
  const git = createGit(process.env, gitTimeoutMs);
  host.provide(workplaces, createWorktrees({ folder, git, note: host.log.warn }));
});
