/** `@dispatch/attachments`: takes files that messages bring along, and keeps them while a conversation uses them. */
import { defineExtension, hostStarted } from "@dispatch/kernel";
import { attachments, conversationDeleted, sessions } from "@dispatch/session-orchestrator/ports";
import { routes } from "@dispatch/transport-http/ports";
import { isDispatchError } from "@dispatch/wire";
import { createFiles } from "./files.ts";
import { createKeeper } from "./keeper.ts";
import { type AttachmentSettings, manifest } from "./manifest.ts";
import { addRoute, getRoute } from "./routes.ts";

export { manifest };

const sweepMs = 3_600_000;

export default defineExtension<typeof manifest, AttachmentSettings>(manifest, async (host) => {
  const { folder, maxBytes, maxTotalBytes, unusedMs } = host.settings;
  const files = await createFiles({ folder, maxBytes, maxTotalBytes });
  const keeper = createKeeper({ files, storage: host.storage, now: host.now, unusedMs });

  host.provide(attachments, { claim: keeper.claim, read: files.read });
  host.contribute(routes, "attachments.add", addRoute(files, maxBytes));
  host.contribute(routes, "attachments.get", getRoute(files));
  host.on(conversationDeleted, ({ conversationId }) => keeper.release(conversationId));

  // As it is before the first request: who is not there then is not about to be created.
  const known = await keeper.users();
  const exists = (id: string) =>
    host
      .get(sessions)
      .get(id)
      .then(
        () => true,
        (error: unknown) => !(isDispatchError(error) && error.code === "conversation-not-found"),
      );
  // Deletions that a crash cut before they were told, then what nobody uses.
  host.on(hostStarted, async () => {
    for (const id of known) if (!(await exists(id))) await keeper.release(id);
    await keeper.sweep();
  });
  host.timers.every(sweepMs, () => keeper.sweep());
});
