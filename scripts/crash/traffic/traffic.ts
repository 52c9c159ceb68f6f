/**
 * A process of its own that uses the server as clients do, through all its crashes, and keeps the list of what it was told:
 * what stands there was acknowledged, whatever happens to the server. argv: JSON of `TrafficOptions`.
 */
import { appendFileSync } from "node:fs";
import type { Line } from "../evidence.ts";
import { rollOf } from "../points.ts";
import { createClient } from "./client.ts";
import { converse } from "./conversations.ts";
import { answerApprovals } from "./side-traffic.ts";
import type { Talk, Unstamped } from "./talk.ts";

export interface TrafficOptions {
  readonly seed: number;
  readonly cwd: string;
  readonly lines: string;
  readonly conversations: number;
  /** Whether the server has a queue. */
  readonly queue: boolean;
}

/** What the harness tells: where the server is now and what would be good to happen there, or that all is to end. */
export type News =
  | { readonly url: string; readonly token: string; readonly wish?: string }
  | "down"
  | "finish";

const options = JSON.parse(process.argv[2] ?? "{}") as TrafficOptions;
const client = createClient();
let finishing = false;
let wish = "";
process.on("message", (news: News) => {
  if (typeof news === "object") wish = news.wish ?? "";
  if (news === "finish") finishing = true;
  else client.moveTo(news === "down" ? undefined : news);
});
process.once("disconnect", () => process.exit(0)); // nobody is left to work for

const note = (line: Unstamped<Line>): void =>
  appendFileSync(options.lines, `${JSON.stringify({ at: Date.now(), ...line })}\n`);

const talk = (n: number): Talk => ({
  client,
  note,
  roll: rollOf(options.seed + 7_919 * n),
  finishing: () => finishing,
  wants: (what) => wish.includes(what),
  ...options,
});
const names = Array.from({ length: options.conversations }, (_, n) => `crash-${"abcdefgh"[n]}`);
const stopApprovals = answerApprovals(talk(100));
await Promise.all(names.map((name, n) => converse(talk(n), name)));
await stopApprovals();
process.disconnect();
