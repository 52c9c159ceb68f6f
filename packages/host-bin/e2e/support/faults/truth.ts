/** What a conversation must look like, from outside: the acknowledgements its sender got, and what the provider wrote. */
import type { SentReply, StrictServer } from "@dispatch/provider-openai/testing";
import type { Message } from "@dispatch/wire";
import { difference } from "./difference.ts";

export interface Acknowledged {
  readonly text: string;
  readonly messageId: string;
  readonly turnId: string;
  readonly seq: number;
}

/** What the provider was last asked for one step of one turn; `cut`: the server died at some time between this and what came next. */
interface Told {
  readonly sent: SentReply;
  readonly cut: boolean;
}

const contentOf = (message: Message, type: "text" | "reasoning"): string =>
  message.chunks.map((chunk) => (chunk.type === type ? chunk.text : "")).join("");

/** By prompt and number of the step. */
function toldBy(
  provider: StrictServer,
  prompts: ReadonlySet<string>,
  deaths: readonly number[],
): Map<string, Told> {
  const told = new Map<string, Told>();
  const mine = provider.requests.flatMap(({ index, body, at }) => {
    const last = body.messages.findLastIndex(({ role }) => role === "user");
    const prompt = String(body.messages[last]?.content);
    if (!prompts.has(prompt)) return [];
    const step = body.messages.slice(last).filter(({ role }) => role === "assistant").length;
    return [{ key: `${step} ${prompt}`, at, sent: provider.sent[index] }];
  });
  mine.forEach(({ key, at, sent }, index) => {
    const until = mine[index + 1]?.at ?? Number.MAX_SAFE_INTEGER;
    if (sent) told.set(key, { sent, cut: deaths.some((death) => death >= at && death <= until) });
  });
  return told;
}

/** Sentences about what is wrong; none when all is right. */
export function problemsOf(
  messages: readonly Message[],
  acknowledged: readonly Acknowledged[],
  provider: StrictServer,
  deaths: readonly number[],
): string[] {
  const problems: string[] = [];
  const users = messages.filter(({ role }) => role === "user");
  const said = users.map((user) => `${user.seq} ${user.messageId} ${contentOf(user, "text")}`);
  const accepted = acknowledged.map(({ seq, messageId, text }) => `${seq} ${messageId} ${text}`);
  if (JSON.stringify(said) !== JSON.stringify(accepted))
    problems.push(`acknowledged ${JSON.stringify(accepted)}, kept ${JSON.stringify(said)}`);
  const told = toldBy(provider, new Set(acknowledged.map(({ text }) => text)), deaths);
  for (const { text: prompt, turnId } of acknowledged) {
    const answers = messages.filter((message) => message.role === "assistant" && message.turnId === turnId);
    for (const [step, answer] of answers.entries()) {
      const what = `${turnId} step ${step}`;
      const { sent, cut } = told.get(`${step} ${prompt}`) ?? {};
      if (!sent) {
        problems.push(`${what}: the provider was never asked for it`);
        continue;
      }
      for (const type of ["text", "reasoning"] as const)
        if (contentOf(answer, type) !== sent[type])
          problems.push(
            `${what} (${answer.status}): ${difference(contentOf(answer, type), sent[type], type)}, held and sent`,
          );
      const called = answer.chunks.flatMap((chunk) =>
        chunk.type === "tool-call" ? [`${chunk.name} ${JSON.stringify(chunk.input)}`] : [],
      );
      const asked = sent.toolCalls.map(
        (call) => `${call.name} ${JSON.stringify(JSON.parse(call.arguments))}`,
      );
      // A step that has started a tool is not asked for again: of its calls those count which were recorded by then.
      const expected = cut && called.length > 0 ? asked.slice(0, called.length) : asked;
      if (JSON.stringify(called) !== JSON.stringify(expected))
        problems.push(`${what}: calls ${JSON.stringify(called)} instead of ${JSON.stringify(expected)}`);
    }
    const steps = [...told.keys()].filter((key) => key.endsWith(` ${prompt}`)).length;
    if (steps !== answers.length) problems.push(`${turnId}: ${answers.length} answers to ${steps} steps`);
  }
  const calledIds = messages.flatMap(({ chunks }) =>
    chunks.flatMap((chunk) => (chunk.type === "tool-call" ? [chunk.callId] : [])),
  );
  const resultIds = messages.flatMap(({ chunks }) =>
    chunks.flatMap((chunk) => (chunk.type === "tool-result" ? [chunk.callId] : [])),
  );
  if (JSON.stringify(calledIds) !== JSON.stringify(resultIds))
    problems.push(`calls ${calledIds} have the results ${resultIds}`);
  return problems;
}
