/** The crash run: a server under load is killed at random moments, and every promise is checked after each kill. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { reply, text } from "@dispatch/provider-openai/testing";
import type { Message } from "@dispatch/wire";
import { type Stage, setStage } from "./stage.ts";

export interface CrashReport {
  kills: number;
  acknowledged: number;
  ended: number;
  interrupted: number;
  readonly problems: string[];
}

interface Acknowledged {
  readonly conversationId: string;
  readonly turnId: string;
  readonly messageId?: string;
  readonly clientMessageId?: string;
  readonly message?: string;
  readonly seq?: number;
  readonly ended?: string;
  readonly text?: string;
}

const acknowledger = fileURLToPath(new URL("acknowledger.mjs", import.meta.url));

/** `seed` decides the prompts and the moments; the machine's own timing is not repeatable, so two runs differ a little. */
export async function crashRun(options: {
  kills: number;
  seed: number;
  log: (line: string) => void;
  /** Cut turns are resumed however often the server crashes; else, as set, sealed after the second crash in a minute. */
  alwaysResume?: boolean;
}): Promise<CrashReport> {
  let state = options.seed >>> 0;
  const roll = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const report: CrashReport = { kills: 0, acknowledged: 0, ended: 0, interrupted: 0, problems: [] };
  const settings = options.alwaysResume ? { crashPauseMs: 0, resumeAttempts: 1_000 } : {};
  const stage = await setStage({ config: { extensions: { "session-orchestrator": { settings } } } });
  const file = join(stage.dataDir, "..", "acknowledged");
  try {
    await writeFile(join(stage.cwd, "a.txt"), "alpha");
    await writeFile(file, "");
    for (let kill = 0; kill < options.kills; kill++) {
      const sender = spawn(
        process.execPath,
        [acknowledger, stage.server.url, stage.server.token, stage.cwd, file, String(roll(2 ** 31))],
        {
          stdio: ["ignore", "inherit", "inherit"],
        },
      );
      await new Promise((go) => setTimeout(go, 60 + roll(500)));
      await stage.server.kill();
      report.kills++;
      await gone(sender);
      await stage.restart();
      await check(stage, file, report);
      if (report.problems.length > 0) break;
    }
    for (const id of ["crash-a", "crash-b", "crash-c"]) await goesOn(stage, id, report);
    options.log(
      `${report.kills} kills, ${report.acknowledged} acknowledged inputs, ${report.ended} ends, ${report.interrupted} interrupted calls`,
    );
    return report;
  } finally {
    await stage.end();
  }
}

const gone = (child: ChildProcess): Promise<unknown> =>
  child.exitCode !== null ? Promise.resolve() : new Promise((resolve) => child.once("exit", resolve));

async function check(stage: Stage, file: string, report: CrashReport): Promise<void> {
  const lines = (await readFile(file, "utf8"))
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Acknowledged);
  report.acknowledged = lines.filter((line) => line.messageId !== undefined).length;
  report.ended = lines.length - report.acknowledged;
  let active: unknown[] = [];
  for (let tries = 0; tries < 400; tries++) {
    active = (await stage.api.json<{ items: unknown[] }>("GET", "/conversations?status=active")).items;
    if (active.length === 0) break;
    await new Promise((go) => setTimeout(go, 50));
  }
  if (active.length > 0) report.problems.push(`stuck active: ${JSON.stringify(active)}`);
  const byConversation = new Map<string, Acknowledged[]>();
  for (const line of lines)
    byConversation.set(line.conversationId, [...(byConversation.get(line.conversationId) ?? []), line]);
  report.interrupted = 0;
  for (const [id, mine] of byConversation) {
    const { items } = await stage.api.json<{ items: Message[] }>(
      "GET",
      `/conversations/${id}/messages?limit=1000`,
    );
    checkMessages(id, items, mine, report);
  }
}

function checkMessages(
  id: string,
  messages: readonly Message[],
  lines: readonly Acknowledged[],
  report: CrashReport,
): void {
  const users = new Map(
    messages.filter(({ role }) => role === "user").map((message) => [message.messageId, message]),
  );
  const oldest = messages[0]?.seq ?? 0;
  for (const line of lines) {
    if (line.messageId === undefined || (line.seq ?? 0) < oldest) continue;
    const kept = users.get(line.messageId);
    const [chunk] = kept?.chunks ?? [];
    if (!kept || kept.seq !== line.seq || kept.clientMessageId !== line.clientMessageId)
      report.problems.push(`${id}: acknowledged input ${line.messageId} is ${JSON.stringify(kept)}`);
    else if (chunk?.type !== "text" || chunk.text !== line.message)
      report.problems.push(`${id}: input ${line.messageId} changed`);
  }
  for (const line of lines.filter(({ ended }) => ended === "completed")) {
    const text = messages
      .findLast(({ turnId, role }) => turnId === line.turnId && role === "assistant")
      ?.chunks.map((chunk) => (chunk.type === "text" ? chunk.text : ""))
      .join("");
    if (text !== undefined && text !== line.text)
      report.problems.push(`${id}: turn ${line.turnId} ended with "${line.text}", now "${text}"`);
  }
  const running = messages.filter(({ status }) => status === "running");
  if (running.length > 0) report.problems.push(`${id}: messages still running: ${JSON.stringify(running)}`);
  const called = messages.flatMap(({ chunks }) =>
    chunks.flatMap((chunk) => (chunk.type === "tool-call" ? [chunk.callId] : [])),
  );
  const results = messages.flatMap(({ chunks }) =>
    chunks.flatMap((chunk) => (chunk.type === "tool-result" ? [chunk] : [])),
  );
  report.interrupted += results.filter(({ outcome }) => outcome === "interrupted").length;
  if (JSON.stringify(results.map(({ callId }) => callId)) !== JSON.stringify(called))
    report.problems.push(`${id}: calls ${called} have results ${results.map(({ callId }) => callId)}`);
}

async function goesOn(stage: Stage, id: string, report: CrashReport): Promise<void> {
  stage.provider.script(reply(text("and on")), {
    when: ({ body }) => body.messages.at(-1)?.content === `go on ${id}`,
  });
  const lines = await stage.api.chat({ message: `go on ${id}`, conversationId: id, cwd: stage.cwd });
  const done = lines.find(({ event }) => event.type === "done")?.event;
  if ((done as { reason?: string } | undefined)?.reason !== "completed")
    report.problems.push(`${id} does not go on: ${JSON.stringify(lines.slice(-5))}`);
  for (const violation of stage.provider.violations())
    report.problems.push(`the provider refused: ${violation}`);
}
