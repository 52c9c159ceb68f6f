/** The end of a sequence: once its turns are over and everybody has seen it, everybody must hold the same. */
import type { Message } from "@dispatch/wire";
import type { Stage } from "../stage.ts";
import { difference } from "./difference.ts";
import { keepEvidence } from "./evidence.ts";
import { patiently } from "./patience.ts";
import type { Sequence } from "./sequence.ts";
import { problemsOf } from "./truth.ts";
import type { Viewer } from "./viewers.ts";

/** Sentences about what is wrong; none when all is right. The network lets everything through by now. */
export async function settle(
  stage: Stage,
  { id, viewers, acknowledged }: Sequence,
  deaths: readonly number[],
): Promise<string[]> {
  for (const viewer of viewers) viewer.settle();
  let row = { status: "", head: 0 };
  const isIdle = async (): Promise<boolean> => {
    row = await read(stage, `/conversations/${id}`);
    return row.status === "idle";
  };
  const idle = await patiently(isIdle, () => `${row.status} ${row.head} ${stage.provider.requests.length}`);
  const page = await read<{ items: Message[] }>(stage, `/conversations/${id}/messages?limit=1000`);
  const problems = problemsOf(page.items, acknowledged, stage.provider, deaths);
  if (!idle) problems.unshift(`its turn does not end: ${row.status} at ${row.head}`);
  const seen = await Promise.all(viewers.map((viewer) => problemOf(viewer, row.head, page.items)));
  problems.push(...seen.filter((problem) => problem !== undefined));
  if (problems.length > 0)
    problems.push(`see ${await keepEvidence(stage, id, { problems, acknowledged, deaths })}`);
  return problems;
}

/** Straight from the server. */
async function read<T>({ api }: Stage, path: string): Promise<T> {
  const response = await api.request("GET", path);
  if (!response.ok) throw new Error(`GET ${path} gave ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

async function problemOf(
  viewer: Viewer,
  head: number,
  items: readonly Message[],
): Promise<string | undefined> {
  const { watching } = viewer;
  const there = await patiently(
    () => viewer.fault !== undefined || (watching.view?.seq ?? 0) >= head,
    () => watching.events,
  );
  const { fault, name } = viewer;
  await viewer.leave();
  const wrong = fault
    ? fault.message
    : !there
      ? `stays at seq ${watching.view?.seq} of ${head}`
      : (difference(watching.view?.messages, items) ??
        (watching.view?.open.size === 0 ? undefined : "blocks are still open"));
  return wrong && `${name}: ${wrong}; it was given, at last, ${watching.newest().join(", ")}`;
}
