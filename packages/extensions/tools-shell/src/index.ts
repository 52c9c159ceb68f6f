/** `@dispatch/tools-shell`: commands and scripts, each in a process group that ends with it. */
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { defineExtension, tools } from "@dispatch/kernel";
import { conversationClosed, conversationDeleted, turnSettled } from "@dispatch/session-orchestrator/ports";
import { isNeverPassed } from "./environment.ts";
import { loadHomeId } from "./home-id.ts";
import { createJobFolder, removeLeftFolders } from "./job-folder.ts";
import { createJobs } from "./jobs.ts";
import { manifest, type ShellToolSettings } from "./manifest.ts";
import { createMarks } from "./marks.ts";
import { createProcessGroups } from "./process-groups.ts";
import { createRunCommand } from "./run-command.ts";
import { createRunShell } from "./run-shell.ts";
import { createSweeper } from "./sweeper.ts";

export { manifest };

export default defineExtension<typeof manifest, ShellToolSettings>(manifest, async (host) => {
  const { settings, log } = host;
  const useless = [...settings.envAllow, ...settings.extraEnv].filter(isNeverPassed);
  if (useless.length > 0)
    log.warn("Settings name environment that is never passed to commands.", { names: useless });

  const newName = (bytes: number) => randomBytes(bytes).toString("hex");
  const homeId = await loadHomeId(host.storage, () => newName(8));
  const sweeper = createSweeper({
    homeId,
    async rest(ms) {
      if (host.signal.aborted) return false;
      try {
        await host.timers.sleep(ms);
        return true;
      } catch (error) {
        if (host.signal.aborted) return false;
        throw error;
      }
    },
  });
  // What a server that crashed left. Nothing of ours runs yet, and another server cannot have this data folder open.
  const left = await sweeper.sweep("all", settings.killGraceMs);
  if (left > 0) log.warn("Ended processes that an earlier server had left.", { processes: left });
  await removeLeftFolders(tmpdir(), homeId);

  const folder = createJobFolder(tmpdir(), homeId);
  host.onDispose("logs of jobs", () => folder.remove());
  // Without a grace: from the abort on there are no timers.
  host.onDispose("processes of commands", async () => void (await sweeper.sweep("all", 0)));

  const groups = createProcessGroups();
  // At once, not when its turn comes among the disposals: from the abort on there are no timers to end them with.
  host.signal.addEventListener("abort", groups.killAll);
  // The last resort, when the server ends without stopping its extensions.
  process.on("exit", groups.killAll);
  host.onDispose("end of process", () => void process.off("exit", groups.killAll));

  const marks = createMarks();
  const after = host.timers.after.bind(host.timers);
  const deps = { after, groups, env: process.env, homeId, marks };
  const jobs = createJobs({
    after,
    folder,
    log,
    firstMs: settings.jobFirstMs,
    maxJobs: settings.maxJobs,
    logBytes: settings.jobLogBytes,
    outputBytes: settings.outputBytes,
    newId: () => newName(4),
    onEnd: async (mark) => void (await sweeper.sweep(new Set([mark]), settings.killGraceMs)),
  });

  host.on(turnSettled, async ({ turnId }) => {
    const running = jobs.marks();
    const over = new Set([...marks.take(turnId)].filter((mark) => !running.has(mark)));
    if (over.size > 0) await sweeper.sweep(over, settings.killGraceMs);
  });
  host.on(conversationClosed, ({ conversationId }) => jobs.endConversation(conversationId));
  host.on(conversationDeleted, ({ conversationId }) => jobs.endConversation(conversationId));

  host.contribute(tools, "run_command", createRunCommand(settings, deps));
  host.contribute(tools, "run_shell", createRunShell(settings, deps, jobs));
});
