import type { StreamItem } from "@dispatch/client";
import { recordMoments } from "@dispatch/session-orchestrator/testing";
import type { DispatchEvent } from "@dispatch/wire";
import { expect, it } from "vitest";
import { failureOf } from "../chat/settle.ts";
import { createTranscript } from "./transcript.ts";
import { silentWriter, type Writer } from "./writer.ts";

/** What is on the screen in the end. */
function screen(items: readonly StreamItem[], turnId?: string) {
  const words: string[] = [];
  const notes: string[] = [];
  let failure: string | undefined;
  const writer: Writer = {
    ...silentWriter,
    text: (piece) => void words.push(piece),
    line: (line) => void words.push(line),
    note: (line) => void notes.push(line),
  };
  const transcript = createTranscript(writer, {
    turnId,
    showUser: true,
    showReasoning: false,
    ended(end) {
      notes.push(end.reason);
      failure = failureOf(end)?.message;
    },
  });
  for (const item of items) transcript.apply(item);
  return {
    /** Without the white space between them. */
    words: words.join("").replace(/\s/g, ""),
    /** In any order, a snapshot has results in that of their calls; a pause is told to who looks while it lasts. */
    notes: notes.filter((line) => !line.startsWith("· retry")).sort(),
    failure,
  };
}

it("says the same, whenever one came to look, and after every cut", { timeout: 60_000 }, async () => {
  const { start, moments, records, upTo } = await recordMoments();
  const item = (event: DispatchEvent): StreamItem => ({ cursor: "k", event });
  const behind = (seq: number) => records.filter((record) => record.seq > seq).map(item);
  const seqOf = (type: string) => records.find((record) => record.type === type)?.seq ?? 0;
  const begin = { cursor: "k", snapshot: start };
  const all = screen([begin, ...behind(start.seq)]);
  const turns = new Set(records.flatMap(({ turnId }) => turnId ?? []));
  for (const moment of moments.filter(({ seq }) => seq < seqOf("reset"))) {
    const joined = { cursor: "k", snapshot: moment };
    expect(screen([joined, ...behind(moment.seq)]).words, `at ${moment.seq}`).toBe(all.words);
    for (const back of [0, 1, 4, 12]) {
      const cut = moments.find(({ seq }) => seq >= moment.seq - back) ?? moment;
      const items = [...upTo(cut).map(item), joined, ...behind(moment.seq)];
      const at = `at ${moment.seq}, cut at ${cut.seq}`;
      expect(screen([begin, ...items]).words, at).toBe(all.words);
      for (const turnId of turns) {
        const begun = records.find((record) => record.turnId === turnId)?.seq ?? 0;
        if (cut.seq < begun) continue; // whoever started it follows it from its first record on
        const { failure, ...seen } = screen(items, turnId);
        const { failure: why, ...whole } = screen(behind(start.seq), turnId);
        expect(seen, `${at}, of the turn at ${begun}`).toEqual(whole);
        // Of a turn behind which others have begun meanwhile, only its code is known.
        const { runningTurnId, lastTurn } = moment.conversation;
        if ((runningTurnId ?? lastTurn?.turnId) === turnId) expect(failure, at).toBe(why);
      }
    }
  }
});
