// The same bytes through the official client and through ours: what both make of them must agree.
import fc from "fast-check";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerOf, apiKey, ask, realProvider } from "./fixtures/real-provider.ts";
import {
  calls,
  type Reply,
  reasoning,
  reply,
  type Step,
  type StrictServer,
  startStrictServer,
  text,
} from "./testing/index.ts";

let server: StrictServer;
beforeAll(async () => {
  server = await startStrictServer({ apiKey });
});
afterAll(() => server.close());

interface Answer {
  readonly text: string;
  readonly calls: readonly { readonly name: string; readonly input: string }[];
  readonly reason: string | null | undefined;
  readonly usage: readonly (number | undefined)[];
}

async function official(baseURL: string): Promise<Answer> {
  const client = new OpenAI({ apiKey, baseURL, maxRetries: 0 });
  const completion = await client.chat.completions
    .stream({
      model: "strict-1",
      messages: [{ role: "user", content: "go" }],
      stream_options: { include_usage: true },
    })
    .finalChatCompletion();
  const [choice] = completion.choices;
  const { usage } = completion;
  return {
    text: choice?.message.content ?? "",
    calls: (choice?.message.tool_calls ?? []).map((call) => ({
      name: call.function.name,
      input: call.function.arguments || "{}",
    })),
    reason: choice?.finish_reason,
    usage: [
      usage?.prompt_tokens,
      usage?.completion_tokens,
      usage?.prompt_tokens_details?.cached_tokens,
      usage?.completion_tokens_details?.reasoning_tokens,
    ],
  };
}

async function ours(baseUrl: string): Promise<Answer> {
  const { last, ...answer } = await answerOf(realProvider(baseUrl), ask("go"));
  const usage = last?.type === "finish" ? last.usage : undefined;
  return {
    text: answer.text,
    calls: answer.calls,
    reason: last?.type === "finish" ? last.reason.replace("-", "_") : last?.type,
    usage: [usage?.inputTokens, usage?.outputTokens, usage?.cacheReadTokens, usage?.reasoningTokens],
  };
}

async function bothAgree(scripted: Reply): Promise<void> {
  server.script(scripted);
  server.script(scripted);
  const [theirs, mine] = [await official(server.url), await ours(server.url)];
  expect(mine).toEqual(theirs);
}

describe("agrees with the official client", () => {
  it.each<[string, Reply]>([
    ["text", reply(text("Grüße 😀 an alle"))],
    ["text with a reason", reply(text("cut off"), { finish: "length" })],
    ["reasoning and text", reply(reasoning("hm"), text("yes"))],
    [
      "parallel calls",
      reply(
        text("I look."),
        calls(
          { name: "a", args: { path: "x" } },
          { name: "b", args: '{"y": [1, 2]}' },
          { name: "c", args: "" },
        ),
      ),
    ],
    ["nothing", reply()],
    [
      "given usage",
      reply(text("x"), {
        usage: { prompt_tokens: 9, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 4 } },
      }),
    ],
  ])("on %s", (_, scripted) => bothAgree(scripted));

  it("on whatever an answer is made of, cut anywhere", async () => {
    const words = fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 });
    const call = fc.record({
      name: fc.constantFrom("read", "list"),
      args: fc.dictionary(fc.string({ maxLength: 5 }), words, { maxKeys: 3 }),
    });
    const step: fc.Arbitrary<Step> = fc.oneof(
      words.map((content) => text(content)),
      words.map((content) => reasoning(content)),
      fc.array(call, { minLength: 1, maxLength: 3 }).map((list) => ({ toolCalls: list, splitEvery: 3 })),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 5 }),
        fc.integer({ min: 1, max: 64 }),
        async (steps, splitBytes) => {
          // Both clients get the same call ids: a random one would be none.
          const fixed = steps.map((each, at) =>
            "toolCalls" in each
              ? {
                  ...each,
                  toolCalls: each.toolCalls.map((one, index) => ({ ...one, id: `call_${at}_${index}` })),
                }
              : each,
          );
          await bothAgree({ steps: fixed, splitBytes });
        },
      ),
      { numRuns: 30 },
    );
  });
});
