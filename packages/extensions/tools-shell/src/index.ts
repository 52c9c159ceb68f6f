/** `@dispatch/tools-shell`: commands, each in a process group that ends with it. */
import { defineExtension, tools } from "@dispatch/kernel";
import { isNeverPassed } from "./environment.ts";
import { manifest, type ShellToolSettings } from "./manifest.ts";
import { createProcessGroups } from "./process-groups.ts";
import { createRunCommand } from "./run-command.ts";

export { manifest };

export default defineExtension<typeof manifest, ShellToolSettings>(manifest, (host) => {
  const groups = createProcessGroups();
  // At once, not when its turn comes among the disposals: from the abort on there are no timers to end them with.
  host.signal.addEventListener("abort", groups.killAll);
  // The last resort, when the server ends without stopping its extensions.
  process.on("exit", groups.killAll);
  host.onDispose("end of process", () => void process.off("exit", groups.killAll));

  const useless = [...host.settings.envAllow, ...host.settings.extraEnv].filter(isNeverPassed);
  if (useless.length > 0)
    host.log.warn("Settings name environment that is never passed to commands.", { names: useless });

  host.contribute(
    tools,
    "run_command",
    createRunCommand(host.settings, {
      after: (ms, run) => host.timers.after(ms, run),
      groups,
      env: process.env,
    }),
  );
});
