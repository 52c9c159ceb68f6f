/** `notices`: says in a sentence what ended, failed or stalled, to every client at once, and keeps the newest. */
import { defineExtension, extensionsChanged } from "@dispatch/kernel";
import {
  conversationCompactionFailed,
  sessions,
  turnResumed,
  turnSettled,
  turnStalled,
} from "@dispatch/session-orchestrator/ports";
import { routes } from "@dispatch/transport-http/ports";
import { broadcast } from "@dispatch/transport-ws/ports";
import type { ConversationView } from "@dispatch/wire";
import { manifest, type Settings } from "./manifest.ts";
import { createNoticeLog } from "./notice-log.ts";
import { type NewNotice, notices } from "./ports.ts";
import { listRoute } from "./routes.ts";
import * as say from "./wording.ts";

export * from "./ports.ts";
export { manifest };

const longestText = 500;
/** What may wait for one slow socket: as many, the newest. */
const slots = 50;

export default defineExtension<typeof manifest, Settings>(manifest, (host) => {
  const { now, log, settings } = host;
  const sockets = host.get(broadcast);
  const kept = createNoticeLog({
    storage: host.storage,
    keep: settings.keep,
    log,
    after: host.timers.after,
  });
  let slot = 0;

  function raise({ level, text, conversationId, turnId, source }: NewNotice) {
    const notice = kept.add({
      ts: now(),
      level,
      text: text.length > longestText ? `${text.slice(0, longestText - 1)}…` : text,
      ...(conversationId === undefined ? {} : { conversationId }),
      ...(turnId === undefined ? {} : { turnId }),
      source,
    });
    slot = (slot + 1) % slots;
    sockets.offer(`notices ${slot}`, () => ({ type: "notice", notice }));
    return notice;
  }

  /** `word` gets the conversation as it is now; nothing is said of one that is gone. */
  async function about(
    { conversationId, turnId }: { conversationId: string; turnId?: string },
    word: (conversation: ConversationView) => say.Wording,
  ): Promise<void> {
    let conversation: ConversationView;
    try {
      conversation = await host.get(sessions).get(conversationId);
    } catch (error) {
      log.debug("nothing is said of a conversation", { conversationId, error: String(error) });
      return;
    }
    raise({ ...word(conversation), conversationId, ...(turnId && { turnId }), source: manifest.id });
  }

  host.on(turnSettled, (turn) =>
    about(turn, ({ title, lastTurn }) =>
      say.turnEnded(title, turn.reason, lastTurn?.turnId === turn.turnId ? lastTurn.code : undefined),
    ),
  );
  host.on(turnStalled, (turn) => about(turn, ({ title }) => say.turnStalled(title, turn.idleMs)));
  host.on(turnResumed, (turn) => about(turn, ({ title }) => say.turnResumed(title)));
  host.on(conversationCompactionFailed, (failed) =>
    about(failed, ({ title }) => say.compactionFailed(title, failed.code)),
  );

  let states: ReadonlyMap<string, string> = new Map();
  host.on(extensionsChanged, () => {
    const rows = host.extensions();
    for (const wording of say.outOfService(states, rows)) raise({ ...wording, source: manifest.id });
    states = new Map(rows.map(({ id, state }) => [id, state]));
  });

  host.provide(notices, { raise });
  host.contribute(routes, "notices.list", listRoute(kept));
  host.onDispose("log", () => kept.saved());
});
