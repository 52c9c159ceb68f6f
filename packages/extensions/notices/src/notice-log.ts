/** The newest notices, in memory and in the extension's storage: there after a restart, and never more than are kept. */
import type { Logger, Storage } from "@dispatch/kernel";
import { type Notice, type NoticesAnswer, notice as noticeSchema } from "@dispatch/wire";

export interface NoticeLog {
  /** Kept from now on; on disk within a second. Gives the notice its id, greater than any before. */
  add(notice: Omit<Notice, "id">): Notice;
  /** Newest first. `cursor`: `nextCursor` of the page before. */
  page(limit: number, cursor: string | undefined): Promise<NoticesAnswer>;
  /** What was added is on disk. */
  saved(): Promise<void>;
}

export interface NoticeLogOptions {
  readonly storage: Storage;
  readonly keep: number;
  readonly log: Pick<Logger, "error">;
  /** Calls back once. */
  readonly after: (ms: number, run: () => void) => unknown;
}

const prefix = "notice/";
const atOnce = 20;
/** Those of so many ms are saved together: a write of its own for each turn's end would cost each turn two waits for the disk. */
const saveMs = 1_000;

/** Ids sort as text by time: ms in 15 digits, and a number where one ms has several. */
function nextId(last: string, ts: number): string {
  const [before = "", count = ""] = last.split("-");
  const now = String(Math.max(ts, Number(before) || 0)).padStart(15, "0");
  const number = now === before ? Number(count) + 1 : 0;
  return `${now}-${String(number).padStart(6, "0")}`;
}

export function createNoticeLog({ storage, keep, log, after }: NoticeLogOptions): NoticeLog {
  /** Oldest first. */
  let held: Notice[] = [];
  let last = "";
  let unsaved = new Set<Notice>();
  let gone: string[] = [];
  let due = false;
  let writing: Promise<void> = load().catch(failed);

  function failed(error: unknown): void {
    log.error("the log of notices is not saved", { error: String(error) });
  }

  async function load(): Promise<void> {
    const keys = [...(await storage.list(prefix))].sort();
    const found: Notice[] = [];
    for (let at = 0; at < keys.length; at += atOnce) {
      const values = await Promise.all(keys.slice(at, at + atOnce).map((key) => storage.get(key)));
      for (const value of values) {
        const parsed = noticeSchema.safeParse(value);
        if (parsed.success) found.push(parsed.data);
      }
    }
    held = [...found, ...held];
    const newest = held.at(-1)?.id ?? "";
    if (newest > last) last = newest;
    for (const { id } of trim()) await storage.delete(prefix + id);
  }

  /** Forgets the oldest beyond what is kept; gives them. */
  const trim = (): Notice[] => held.splice(0, Math.max(0, held.length - keep));

  /** Everything that is not yet as it is here, at once. */
  function save(): Promise<void> {
    due = false;
    const [added, dropped] = [unsaved, gone];
    unsaved = new Set();
    gone = [];
    const write = async () => {
      await Promise.all([
        ...[...added]
          .filter((notice) => held.includes(notice))
          .map((notice) => storage.set(prefix + notice.id, notice)),
        ...dropped.map((id) => storage.delete(prefix + id)),
      ]);
    };
    if (added.size + dropped.length > 0) writing = writing.then(write).catch(failed);
    return writing;
  }

  return {
    add(given) {
      // Those of the time before are older, also while they are still being read: ids begin with the time.
      last = nextId(last, given.ts);
      const notice: Notice = { id: last, ...given };
      held.push(notice);
      unsaved.add(notice);
      for (const old of trim()) if (!unsaved.delete(old)) gone.push(old.id);
      if (!due) after(saveMs, () => void save());
      due = true;
      return notice;
    },
    async page(limit, cursor) {
      await writing;
      const newest = [...held].reverse();
      const rest = cursor === undefined ? newest : newest.filter(({ id }) => id < cursor);
      const items = rest.slice(0, limit);
      const nextCursor = items.at(-1)?.id;
      return rest.length > items.length && nextCursor !== undefined ? { items, nextCursor } : { items };
    },
    saved: save,
  };
}
