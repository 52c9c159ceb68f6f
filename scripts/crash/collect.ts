/** Collects the evidence when everything is quiet: from the server, from the traffic's list, from the provider, from the machine. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { DispatchEvent, LogRecord, Message } from "@dispatch/wire";
import type { Evidence, Held, Kept, Line } from "./evidence.ts";
import type { Server, Stage } from "./stage.ts";
import { createClient } from "./traffic/client.ts";
import { type Follower, followerOf, followSse, heldBy } from "./viewers.ts";

const linesIn = (path: string): string[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "");

export const readLines = (path: string): Line[] => linesIn(path).map((line) => JSON.parse(line) as Line);

export function asker(server: Server) {
  const client = createClient();
  client.moveTo(server);
  return async (method: string, path: string, body?: unknown) => {
    const answer = await client.ask(method, path, body, { prefer: "respond-async" });
    if (!answer) throw new Error(`${method} ${path}: no answer`);
    return answer;
  };
}

/** What a viewer may need to come to the head of its conversation, in ms; who has not by then never will. */
const arrivalMs = 8_000;

/** Reads a conversation as a viewer from 0 does, the fold of its log; and its messages page by page. */
export async function readKept(server: Server, id: string): Promise<{ kept: Kept; folded: Held }> {
  const ask = asker(server);
  const { head } = (await ask("GET", `/conversations/${id}/status`)).body as { head: number };
  const records: LogRecord[] = [];
  const reader = followerOf("the fold of the log", id);
  await followTo(server, reader, head, (event) => {
    if ("seq" in event) records.push(event as LogRecord);
  });
  const messages: Message[] = [];
  for (let after = 0, more = true; more; ) {
    const page = (await ask("GET", `/conversations/${id}/messages?after=${after}&limit=500`)).body;
    messages.push(...page.items);
    after = messages.at(-1)?.seq ?? 0;
    more = page.hasMore === true;
  }
  return { kept: { id, records, messages }, folded: heldBy(reader) };
}

async function followTo(
  server: Server,
  follower: Follower,
  head: number,
  seen?: (event: DispatchEvent) => void,
): Promise<void> {
  if (follower.view.seq >= head) return;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), arrivalMs);
  try {
    await followSse(server, follower, stop.signal, () => follower.view.seq >= head, seen);
  } catch (error) {
    follower.faults.push(String(error));
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}

export async function allIds(server: Server): Promise<string[]> {
  const ask = asker(server);
  const ids: string[] = [];
  for (let cursor = ""; ; ) {
    const page = (await ask("GET", `/conversations?status=active,idle,closed&limit=200${cursor}`)).body;
    ids.push(...page.items.map(({ id }: { id: string }) => id));
    if (page.nextCursor === undefined) return ids;
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
  }
}

/** Somebody comes back with an old cursor; gives what they see when they have come to the head, or after a while. */
export async function comeBack(server: Server, follower: Follower, head: number): Promise<Held> {
  await followTo(server, follower, head);
  return heldBy(follower);
}

/** What the commands of this round have started and is still there: they inherit its working folder. */
export function processesOf(root: string): string[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const cwd = readlinkSync(`/proc/${pid}/cwd`);
        return cwd.startsWith(`${root}/work`)
          ? [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")}`]
          : [];
      } catch {
        return []; // ended meanwhile, or another user's
      }
    });
}

export function handlesOf(pid: number | undefined): number | undefined {
  if (process.platform !== "linux" || pid === undefined) return undefined;
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** What the provider and the tools have seen. */
export const outside = ({
  provider,
  folders,
}: Stage): Pick<Evidence, "refusals" | "said" | "runs" | "lines"> => ({
  refusals: provider.violations(),
  said: provider.sent.flatMap(({ text, outcome }) =>
    text === "" ? [] : [{ text, whole: outcome === "complete" }],
  ),
  runs: linesIn(folders.runs),
  lines: readLines(folders.lines),
});
