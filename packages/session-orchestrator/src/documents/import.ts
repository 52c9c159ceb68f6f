/**
 * Import: a document becomes a conversation of its own, with a new epoch, in one atomic batch. Read as it comes, checked line by
 * line, bounded; a turn that the export cut is sealed as interrupted.
 */
import { createHash } from "node:crypto";
import {
  addUsage,
  type ConversationView,
  dispatchError,
  type LogRecord,
  type NewRecord,
  noUsage,
} from "@dispatch/wire";
import { sealTurn } from "../conversation/decide.ts";
import { foldState } from "../conversation/fold-state.ts";
import { type ConversationState, emptyState } from "../conversation/state.ts";
import { derivedUuid } from "../ids.ts";
import type { CallContext, ImportOptions } from "../ports/sessions.ts";
import { reconcile } from "../recovery/reconcile.ts";
import { viewOf } from "../sessions/meta.ts";
import type { Parts } from "../sessions/parts.ts";
import { readDocument } from "./document.ts";

export async function importConversation(
  parts: Parts,
  document: AsyncIterable<Uint8Array>,
  { id: wanted }: ImportOptions,
  call: CallContext,
): Promise<ConversationView> {
  const { core, conversations, idempotency } = parts;
  if (!parts.admitting())
    throw dispatchError("shutting-down", "Nothing new is stored while the server stops.", {
      retryAfterMs: 2_000,
    });
  const { header, records, hash } = await read(document, core.limits.importBytes);
  const { answer } = await idempotency.once("import", { wanted, hash }, call, async (keyed) => {
    const free = wanted ?? ((await core.log.head(header.id)) ? undefined : idOf(header.id));
    const id = free ?? (keyed ? derivedUuid(keyed.seed) : core.ids.uuid());
    return conversations.useOrCreate(id, (conversation) =>
      conversation.mailbox.run((state) => {
        if (state.head > 0) throw dispatchError("conversation-exists", `There is a conversation ${id}.`);
        return {
          records: [...records, ...ending(id, records)],
          sync: true,
          idempotency: () => keyed?.row({ id }),
          answer: () => ({ id }),
        };
      }),
    );
  });
  return conversations.use(answer.id, async (conversation) => viewOf(parts, conversation));
}

/** The header's id when it may be one. */
const idOf = (id: string): string | undefined =>
  /^(?!(?:resolve|preview|import)$)[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/.test(id) ? id : undefined;

async function read(document: AsyncIterable<Uint8Array>, limit: number) {
  const reader = readDocument();
  const hash = createHash("sha256");
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let size = 0;
  let rest = "";
  const take = (text: string): void => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) reader.line(line);
  };
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
    } catch (cause) {
      throw dispatchError("bad-request", "The document is not UTF-8.", { cause });
    }
  };
  for await (const bytes of document) {
    size += bytes.byteLength;
    if (size > limit)
      throw dispatchError("payload-too-large", `A document may have at most ${limit} bytes.`, {
        fix: "Raise importBytes in the settings of session-orchestrator.",
      });
    hash.update(bytes);
    take(decode(bytes));
  }
  take(decode());
  if (rest !== "") reader.line(rest);
  return { ...reader.end(), hash: hash.digest("base64url") };
}

/** What the last records lack: the end of a turn, of a compaction. */
function ending(id: string, records: readonly LogRecord[]): NewRecord[] {
  let state: ConversationState = emptyState(id);
  for (const record of records) state = foldState(state, record);
  const { running, compacting } = state;
  const failed: NewRecord[] =
    compacting === undefined ? [] : [{ type: "compaction-failed", error: { ...cut, retryable: true } }];
  if (!running) return failed;
  const turn = records.filter(({ turnId }) => turnId === running.turnId);
  const usage = turn.reduce(
    (sum, record) => (record.type === "step-complete" ? addUsage(sum, record.usage) : sum),
    noUsage,
  );
  const lastAt = turn.at(-1)?.ts ?? running.startedAt;
  return [
    ...failed,
    ...reconcile(running.turnId, turn, []),
    ...sealTurn(state, {
      turnId: running.turnId,
      reason: "interrupted",
      detail: cut.message,
      usage,
      durationMs: lastAt - running.startedAt,
      closing: false,
    }),
  ];
}

const cut = { code: "interrupted", message: "The document was exported in the middle of this turn." };
