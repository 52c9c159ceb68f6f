/** Prompts that script their own turn, drawn at random: steps with text, parallel tools, commands, failures to retry. */
import { type CallSpec, type Reply, type Step, scriptedPrompt } from "@dispatch/provider-openai/testing";
import type { Roll } from "../points.ts";

const words = (label: string, count: number): string =>
  `${label} ${Array.from({ length: count }, (_, n) => `word${n}😀`).join(" ")}`;

/** A prompt of one to four steps, each of which fails at first once in `failEvery`; `id` makes texts and runs tell their turn. */
export function promptOf(id: string, failEvery: number, roll: Roll): string {
  const steps = 1 + roll(3);
  const replies = Array.from({ length: steps }, (_, step) => stepOf(`${id}-${step}`, failEvery, roll));
  return scriptedPrompt(
    [...replies, failing({ steps: [textOf(`${id}-end`, roll)] }, failEvery, roll)],
    `${id}.`,
  );
}

/** A prompt that is answered by one text: what is queued scripts the rest of its turn like this. */
export const shortPromptOf = (id: string, roll: Roll): string =>
  scriptedPrompt([{ steps: [textOf(`${id}-said`, roll)] }], `${id}.`);

function textOf(label: string, roll: Roll): Step {
  return { text: words(label, 4 + roll(20)), chunks: 2 + roll(12), everyMs: roll(8) };
}

const failures: readonly Reply[] = [
  {
    status: 429,
    headers: { "retry-after-ms": "60" },
    body: { error: { message: "Slow down.", type: "requests" } },
  },
  { status: 500, body: { error: { message: "Sorry.", type: "server_error" } } },
  { steps: [{ cut: true }] },
];

/** Now and then it fails first and is asked again. */
function failing(good: Reply, failEvery: number, roll: Roll): Reply | Reply[] {
  if (roll(failEvery) > 0) return good;
  const first = failures[roll(failures.length)] ?? good;
  return roll(2) ? [first, good] : [first, failures[1] ?? good, good];
}

function stepOf(label: string, failEvery: number, roll: Roll): Reply | Reply[] {
  const calls = Array.from({ length: 1 + roll(3) }, (_, n) => callOf(`${label}-${n}`, roll));
  const toolCalls: Step = { toolCalls: calls, splitEvery: 8 + roll(40) };
  return failing({ steps: roll(3) ? [textOf(label, roll), toolCalls] : [toolCalls] }, failEvery, roll);
}

function callOf(run: string, roll: Roll): CallSpec {
  const command = (...mode: string[]) => ({
    name: "run_command",
    args: { argv: ["sh", "run.sh", run, ...mode] },
  });
  switch (roll(8)) {
    case 0:
      return { name: "read_file", args: { path: "a.txt", offset: 1 + roll(30), limit: 3 } };
    case 1:
      return { name: "read_file", args: { path: `missing-${run}.txt` } };
    case 2:
      return command(`0.${1 + roll(3)}`);
    case 3:
      return command("orphan");
    case 4:
      return { name: "spawn", args: { prompt: childPromptOf(run, roll) } };
    default:
      return command();
  }
}

/** A child runs one command and says so. */
function childPromptOf(run: string, roll: Roll): string {
  const call = { name: "run_command", args: { argv: ["sh", "run.sh", `${run}-child`, "0.1"] } };
  return scriptedPrompt([{ steps: [{ toolCalls: [call] }] }, { steps: [textOf(`${run}-child`, roll)] }], run);
}
