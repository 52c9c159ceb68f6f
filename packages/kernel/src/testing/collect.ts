/** Reads a provider's stream to its end, with a time limit: what the conformance cases look at. */
import { withDeadline } from "../bus/deadline.ts";
import type { ProviderEvent, ProviderRequest } from "../contracts/provider.ts";
import type { ProviderHarness } from "./provider-harness.ts";

export interface Collected {
  readonly events: readonly ProviderEvent[];
  readonly text: string;
  /** What the stream threw; undefined when it just ended. */
  readonly thrown: unknown;
  /** How it ended. */
  readonly end: "finish" | "error" | "thrown" | "nothing";
}

export interface CollectOptions {
  readonly signal?: AbortSignal;
  /** Called with each event as it comes. */
  readonly seen?: (event: ProviderEvent) => void;
}

/** Time in which each stream of the suite must end, in ms. */
const patience = 10_000;

export const requestFor = (harness: ProviderHarness, prompt: string): ProviderRequest => ({
  model: harness.model,
  messages: [{ messageId: "m1", role: "user", chunks: [{ type: "text", text: prompt }] }],
  tools: [
    {
      name: "probe",
      description: "Probes.",
      inputSchema: { type: "object", properties: { word: { type: "string" } }, required: ["word"] },
    },
  ],
  effort: "low",
  conversationId: "conformance",
});

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

export async function collect(
  harness: ProviderHarness,
  prompt: string,
  options: CollectOptions = {},
): Promise<Collected> {
  const events: ProviderEvent[] = [];
  const signal = options.signal ?? new AbortController().signal;
  const read = async () => {
    const stream = harness.provider.stream(requestFor(harness, prompt), { signal, log: quiet });
    for await (const batch of stream) {
      for (const event of Array.isArray(batch)
        ? (batch as readonly ProviderEvent[])
        : [batch as ProviderEvent]) {
        events.push(event);
        options.seen?.(event);
      }
    }
  };
  let thrown: unknown;
  let threw = false;
  const reading = read().catch((error: unknown) => {
    threw = true;
    thrown = error;
  });
  const late = () => new Error(`the stream did not end within ${patience} ms`);
  await withDeadline(harness.clock, reading, { ms: patience, late });
  const ends = events.filter((event) => event.type === "finish" || event.type === "error");
  const [first] = ends;
  const end = threw ? "thrown" : first?.type === "finish" || first?.type === "error" ? first.type : "nothing";
  const text = events.map((event) => (event.type === "text" ? event.text : "")).join("");
  return { events, text, thrown, end };
}
