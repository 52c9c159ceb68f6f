/** What is kept of a sequence that went wrong: its log, what the provider was asked and said, and the server's own words. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Stage } from "../stage.ts";

/** Writes it to a file that stays, and gives that file's path. */
export async function keepEvidence(
  stage: Stage,
  id: string,
  about: Readonly<Record<string, unknown>>,
): Promise<string> {
  const exported = await (await stage.api.request("GET", `/conversations/${id}/export`)).text();
  const logs = join(stage.dataDir, "logs");
  const server = await Promise.all((await readdir(logs)).map((name) => readFile(join(logs, name), "utf8")));
  const provider = stage.provider.requests.flatMap(({ index, at, body }) =>
    JSON.stringify(body.messages).includes(`${id}-`) ? [{ at, body, sent: stage.provider.sent[index] }] : [],
  );
  const path = join(tmpdir(), `dispatch-fault-${id}.json`);
  const records = exported.split("\n").filter((line) => line !== "");
  await writeFile(path, JSON.stringify({ ...about, records, provider, server }, undefined, 1));
  return path;
}
