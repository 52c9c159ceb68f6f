/** `@dispatch/tools-spawn`: the tool `spawn`, and what becomes of children when their parent ends. */
import { defineExtension, tools } from "@dispatch/kernel";
import {
  activity,
  conversationChanged,
  conversationClosed,
  conversationDeleted,
  sessions,
} from "@dispatch/session-orchestrator/ports";
import { isDispatchError } from "@dispatch/wire";
import { createFamilies } from "./families.ts";
import { manifest, type SpawnSettings } from "./manifest.ts";
import { createSpawn } from "./spawn.ts";

export { manifest };

export default defineExtension<typeof manifest, SpawnSettings>(manifest, (host) => {
  const service = host.get(sessions);
  const families = createFamilies(service);
  host.contribute(
    tools,
    "spawn",
    createSpawn({ sessions: service, activity: host.get(activity), settings: host.settings }),
  );

  /** Closing ends their turns; their own children follow, as these are closed then. */
  async function closeChildren(parentId: string): Promise<void> {
    for (const id of await families.childrenOf(parentId)) {
      await service.close(id).catch((error: unknown) => {
        if (isDispatchError(error) && error.code === "conversation-not-found") return;
        host.log.warn("a child could not be closed with its parent", { child: id, error: String(error) });
      });
    }
  }
  host.on(conversationChanged, ({ row }) => families.seen(row));
  host.on(conversationClosed, ({ conversationId }) => closeChildren(conversationId));
  host.on(conversationDeleted, async ({ conversationId }) => {
    families.gone(conversationId);
    await closeChildren(conversationId);
  });
});
