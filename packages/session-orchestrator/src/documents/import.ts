/**
 * Import: a document becomes a conversation of its own, with a new epoch, in one atomic batch. Read as it comes, checked line by
 * line, bounded; a turn that the export cut is sealed as interrupted.
 */
import { createHash } from "node:crypto";
import { type ConversationView, dispatchError } from "@dispatch/wire";
import type { Limits } from "../core.ts";
import { derivedUuid } from "../ids.ts";
import type { CallContext, ImportOptions } from "../ports/sessions.ts";
import { viewOf } from "../sessions/meta.ts";
import type { Parts } from "../sessions/parts.ts";
import { longestLine, readDocument } from "./document.ts";
import { endingOf } from "./ending.ts";
import { splitLines } from "./lines.ts";

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
  const { header, records, hash } = await read(document, core.limits, core.now());
  const { answer } = await idempotency.once("import", { wanted, hash }, call, async (keyed) => {
    const free = wanted ?? ((await core.log.head(header.id)) ? undefined : idOf(header.id));
    const id = free ?? (keyed ? derivedUuid(keyed.seed) : core.ids.uuid());
    return conversations.useOrCreate(id, (conversation) =>
      conversation.mailbox.run((state) => {
        if (state.head > 0) throw dispatchError("conversation-exists", `There is a conversation ${id}.`);
        return {
          records: [...records, ...endingOf(id, records)],
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

async function read(
  document: AsyncIterable<Uint8Array>,
  { importBytes, importRecords }: Limits,
  now: number,
) {
  const reader = readDocument(now, importRecords);
  const lines = splitLines(reader.line, longestLine, reader.tooLong);
  const hash = createHash("sha256");
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let size = 0;
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
    } catch (cause) {
      throw dispatchError("bad-request", "The document is not UTF-8.", { cause });
    }
  };
  for await (const bytes of document) {
    size += bytes.byteLength;
    if (size > importBytes)
      throw dispatchError("payload-too-large", `A document may have at most ${importBytes} bytes.`, {
        fix: "Raise importBytes in the settings of session-orchestrator.",
      });
    hash.update(bytes);
    lines.push(decode(bytes));
  }
  lines.push(decode());
  lines.end();
  return { ...reader.end(), hash: hash.digest("base64url") };
}
