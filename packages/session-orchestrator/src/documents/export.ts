/** Export: the records up to the head of now, read page by page as they are asked for. */
import type { Core } from "../core.ts";
import type { ExportedConversation } from "../ports/sessions.ts";
import type { Parts } from "../sessions/parts.ts";
import { headerLine } from "./document.ts";

/** A running turn goes on: what it appends later is not in the document. */
export const exportConversation = (parts: Parts, id: string): Promise<ExportedConversation> =>
  parts.conversations.use(id, async ({ live }) => {
    const { head } = live;
    return { id, head, pieces: piecesOf(parts.core, id, head) };
  });

/** Whole lines, each with its end. */
export async function* piecesOf(core: Core, id: string, head: number): AsyncGenerator<string> {
  yield `${headerLine(id, head, core.now())}\n`;
  for (let seq = 0; seq < head; ) {
    const { entries } = await core.gate(() => core.log.read(id, seq, { limit: 500, maxBytes: 1_000_000 }));
    const wanted = entries.filter((entry) => entry.seq <= head);
    const last = wanted.at(-1);
    if (!last) throw new Error(`records after ${seq} of ${id} are gone`);
    yield wanted.map(({ json }) => `${json}\n`).join("");
    seq = last.seq;
  }
}
