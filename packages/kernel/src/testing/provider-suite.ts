/**
 * Conformance of a provider, as data: what the turn relies on, whoever answers. Depends on no test runner:
 *
 *     for (const { name, needs, run } of providerSuite)
 *       it.skipIf(needs.some((kind) => unsupported.includes(kind)))(name, () => run(makeHarness));
 */

import type { Usage } from "@dispatch/wire";
import { withDeadline } from "../bus/deadline.ts";
import { type Collected, collect } from "./collect.ts";
import type { BehaviourKind, ProviderCase, ProviderHarness } from "./provider-harness.ts";

function check(condition: boolean, sentence: string, seen?: unknown): asserts condition {
  if (condition) return;
  throw new Error(seen === undefined ? sentence : `${sentence}; seen: ${JSON.stringify(seen)}`);
}

const conformance = (
  name: string,
  needs: readonly BehaviourKind[],
  test: (harness: ProviderHarness) => Promise<void>,
): ProviderCase => ({
  name,
  needs,
  async run(make) {
    const harness = await make();
    try {
      await test(harness);
    } finally {
      await harness.close();
    }
  },
});

/** An astral character cut between its two halves, a combining sequence, and a flag. */
const hardText = ["Grüße \ud83d", "\ude00 e\u0301 ", "\u{1f1e9}", "\u{1f1ea} 漢字 \ud835", "\udc9c done"];

function checkEnd({ events, end }: Collected): void {
  const ends = events.filter((event) => event.type === "finish" || event.type === "error");
  check(
    end !== "nothing",
    "the stream just ended: it must end with one `finish` or `error`, or throw",
    events,
  );
  check(ends.length <= 1, "the stream has more than one end", ends);
  check(ends.length === 0 || events.at(-1) === ends[0], "something comes after the end", events);
}

function checkUsage(usage: Usage): void {
  for (const [name, count] of Object.entries(usage)) {
    const right = count === undefined || (Number.isInteger(count) && count >= 0);
    check(right, `usage.${name} must be a whole number, 0 or more`, count);
  }
  check(usage.inputTokens >= (usage.cacheReadTokens ?? 0), "inputTokens must include the cached ones", usage);
}

/** Aborts when `start` says so, and sees that the stream ends within a second and the request is closed. */
async function abortCase(
  harness: ProviderHarness,
  prompt: string,
  when: "first-text" | "sent",
): Promise<void> {
  const controller = new AbortController();
  const reason = new Error("aborted by the conformance suite");
  let abortedAt = Number.NaN;
  const abort = () => {
    abortedAt = harness.clock.now();
    controller.abort(reason);
  };
  if (when === "sent") harness.clock.after(100, abort);
  const seen = () => {
    if (when === "first-text" && !controller.signal.aborted) abort();
  };
  const { end } = await collect(harness, prompt, { signal: controller.signal, seen });
  check(!Number.isNaN(abortedAt), "the stream ended before it was aborted");
  check(end !== "finish", "an aborted stream must not end as if it were finished");
  const took = harness.clock.now() - abortedAt;
  check(took <= 1_000, "an abort must end the stream within a second", { tookMs: took });
  await checkClosed(harness);
}

async function checkClosed(harness: ProviderHarness): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    if (((await harness.openRequests?.()) ?? 0) === 0) return;
    await new Promise<void>((resolve) => void harness.clock.after(50, resolve));
  }
  check(false, "the request is still open a second after its stream ended");
}

export const providerSuite: readonly ProviderCase[] = [
  conformance("gives the text exactly, characters cut over chunks included", ["text"], async (harness) => {
    const got = await collect(harness, await harness.prompt({ kind: "text", pieces: hardText }));
    check(got.text === hardText.join(""), "the text is not what was sent", got.text);
    check(got.end === "finish", "a whole reply ends with `finish`", got.events.at(-1));
    checkEnd(got);
  }),
  conformance("counts tokens in whole numbers", ["text"], async (harness) => {
    const { events } = await collect(harness, await harness.prompt({ kind: "text", pieces: ["counted"] }));
    for (const event of events) {
      if ((event.type === "usage" || event.type === "finish") && event.usage) checkUsage(event.usage);
    }
  }),
  conformance("gives a tool call whole, its arguments as JSON text", ["tool-call"], async (harness) => {
    const input = { word: 'a "b" \\ \u{1f600}' };
    const got = await collect(harness, await harness.prompt({ kind: "tool-call", input }));
    const calls = got.events.flatMap((event) => (event.type === "tool-call" ? [event] : []));
    check(calls.length === 1, "one call was sent", calls);
    check(calls[0]?.name === "probe", "the call has another name", calls[0]);
    check(
      JSON.stringify(JSON.parse(calls[0].input)) === JSON.stringify(input),
      "other arguments",
      calls[0].input,
    );
    const last = got.events.at(-1);
    check(
      last?.type === "finish" && last.reason === "tool-calls",
      "it ends with the reason `tool-calls`",
      last,
    );
    checkEnd(got);
  }),
  conformance("makes a cut connection an error, not an end", ["cut"], async (harness) => {
    const got = await collect(harness, await harness.prompt({ kind: "cut", text: "half of it" }));
    checkEnd(got);
    check(got.end === "error" || got.end === "thrown", "a cut reply looks finished", got.events.at(-1));
    const last = got.events.at(-1);
    check(last?.type !== "error" || last.error.retryable, "a cut connection is worth a retry", last);
  }),
  conformance("reports an overloaded other side as retryable", ["overloaded"], async (harness) => {
    const got = await collect(harness, await harness.prompt({ kind: "overloaded" }));
    checkEnd(got);
    const last = got.events.at(-1);
    check(
      last?.type === "error",
      "it is an `error` event, so that the turn knows whether to retry",
      got.thrown ?? last,
    );
    check(last.error.retryable, "it may be repeated", last.error);
    check(last.error.code !== "" && last.error.message !== "", "it has a code and a sentence", last.error);
    await checkClosed(harness);
  }),
  conformance("an abort ends a stream that has not begun", ["silence"], async (harness) =>
    abortCase(harness, await harness.prompt({ kind: "silence" }), "sent"),
  ),
  conformance("an abort ends a stream that stalls", ["stall"], async (harness) =>
    abortCase(harness, await harness.prompt({ kind: "stall", text: "begun" }), "first-text"),
  ),
  conformance("sends nothing when aborted before", ["text"], async (harness) => {
    const got = await collect(harness, await harness.prompt({ kind: "text", pieces: ["never"] }), {
      signal: AbortSignal.abort(new Error("aborted before")),
    });
    check(got.text === "" && got.end !== "finish", "an aborted request was answered", got.events);
  }),
  conformance("leaving the loop closes the request", ["stall"], async (harness) => {
    const prompt = await harness.prompt({ kind: "stall", text: "begun" });
    const left = new Error("left");
    const got = await collect(harness, prompt, {
      seen() {
        throw left;
      },
    });
    check(got.thrown === left, "the loop was not left", got.thrown);
    await checkClosed(harness);
  }),
  conformance("keeps streams that run at once apart", ["text"], async (harness) => {
    const words = ["alpha", "beta", "gamma", "delta"];
    const pieces = (word: string) => Array.from({ length: 20 }, (_, n) => `${word}${n} `);
    const prompts = [];
    for (const word of words) prompts.push(await harness.prompt({ kind: "text", pieces: pieces(word) }));
    const all = await Promise.all(prompts.map((prompt) => collect(harness, prompt)));
    all.forEach((got, index) => {
      check(got.text === pieces(words[index] ?? "").join(""), "a stream has text of another", got.text);
      checkEnd(got);
    });
  }),
  conformance("says which models it serves, or rejects in time", [], async (harness) => {
    const late = () => new Error("models() did not settle within 10 s");
    const asked = harness.provider.models(new AbortController().signal).then(
      (models) => ({ models }),
      (error: unknown) => ({ models: [], error }),
    );
    const { models, ...rest } = await withDeadline(harness.clock, asked, { ms: 10_000, late });
    check(
      !("error" in rest) || rest.error instanceof Error,
      "models() rejects with something that is no Error",
      rest,
    );
    for (const model of models)
      check(typeof model.name === "string" && model.name !== "", "a model has no name", model);
    check(
      new Set(models.map((model) => model.name)).size === models.length,
      "a model is named twice",
      models,
    );
  }),
];
