/** The list of conversations as it changes: the rows of now, then a line for each change. */
import type { ConversationRow } from "@dispatch/wire";
import { shortId } from "../conversation-id.ts";
import { clockTime } from "../durations.ts";
import { createOutput } from "../output.ts";
import type { CommandCall } from "../ports.ts";
import { statusWords } from "../rows/status-words.ts";
import { table } from "../table.ts";
import { lostLine } from "../transcript/lines.ts";
import { watchAttempts } from "./live-items.ts";

/** Ends by the signal, or when the list may not be read. With `--json` each line is one of `rows`, `conversation` with its `reason`, `deleted`. */
export async function watchList(call: CommandCall, signal: AbortSignal): Promise<never> {
  const { terminal, globals } = call;
  const output = createOutput(call);
  const live = await call.live({ polling: true });
  const now = () => clockTime(terminal.now());
  const show = (value: object, lines: () => readonly string[][]) => {
    if (globals.json) output.json(value);
    else for (const line of table(lines())) output.line(line);
  };
  const note = (line: string) => {
    if (!globals.json) output.note(line);
  };
  let undo = (): void => undefined;
  try {
    return await new Promise<never>((_resolve, reject) => {
      const onRetry = ({ delayMs }: { delayMs: number }) => note(lostLine(terminal.now(), delayMs));
      const undoAttempts = watchAttempts(live, { signal, onRetry }, reject);
      const list = live.list({
        onRows(rows) {
          show({ rows }, () => rows.map((row) => cells(row, now(), "")));
          if (rows.length === 0) note("no conversations");
        },
        onChange: (row, reason) => show({ reason, conversation: row }, () => [cells(row, now(), reason)]),
        onDeleted: (id) => show({ deleted: id }, () => [[now(), shortId(id), "deleted"]]),
        onEnd: reject,
      });
      undo = () => {
        undoAttempts();
        list.close();
      };
    });
  } finally {
    undo();
  }
}

function cells(row: ConversationRow, time: string, reason: string): string[] {
  return [time, shortId(row.id), statusWords(row), reason, row.title].filter((cell) => cell !== "");
}
