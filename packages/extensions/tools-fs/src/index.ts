/** `@dispatch/tools-fs`: tools that read and write files. What they may touch is decided in containment.ts. */
import { randomUUID } from "node:crypto";
import { defineExtension, tools } from "@dispatch/kernel";
import { createDeadlines } from "./deadlines.ts";
import { createEditFile } from "./edit-file.ts";
import { createFileWriter } from "./file-writer.ts";
import { createKeyedQueue } from "./keyed-queue.ts";
import { createListFiles } from "./list-files.ts";
import { type FileToolSettings, manifest } from "./manifest.ts";
import { createReadFile } from "./read-file.ts";
import { createSearchFiles } from "./search-files.ts";
import { createWriteFile } from "./write-file.ts";

export { manifest };

export default defineExtension<typeof manifest, FileToolSettings>(manifest, (host) => {
  const deadlines = createDeadlines((ms, run) => host.timers.after(ms, run));
  host.onDispose("running searches", () => deadlines.stopAll());

  const writer = createFileWriter({
    queue: createKeyedQueue(),
    tempName: () => `.dispatch-${randomUUID()}.tmp`,
  });

  host.contribute(tools, "read_file", createReadFile(host.settings));
  host.contribute(tools, "write_file", createWriteFile(host.settings, writer));
  host.contribute(tools, "edit_file", createEditFile(host.settings, writer));
  host.contribute(tools, "list_files", createListFiles(host.settings, deadlines));
  host.contribute(tools, "search_files", createSearchFiles(host.settings, deadlines));
});
