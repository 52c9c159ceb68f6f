/** `@dispatch/tools-fs`: tools that look at files. What they may touch is decided in containment.ts. */
import { defineExtension, tools } from "@dispatch/kernel";
import { createDeadlines } from "./deadlines.ts";
import { createListFiles } from "./list-files.ts";
import { type FileToolSettings, manifest } from "./manifest.ts";
import { createReadFile } from "./read-file.ts";
import { createSearchFiles } from "./search-files.ts";

export { manifest };

export default defineExtension<typeof manifest, FileToolSettings>(manifest, (host) => {
  const deadlines = createDeadlines((ms, run) => host.timers.after(ms, run));
  host.onDispose("running searches", () => deadlines.stopAll());

  host.contribute(tools, "read_file", createReadFile(host.settings));
  host.contribute(tools, "list_files", createListFiles(host.settings, deadlines));
  host.contribute(tools, "search_files", createSearchFiles(host.settings, deadlines));
});
