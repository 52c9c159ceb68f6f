/** For tests: how a turn ends on the wire. */

export const done = (reason = "completed") => ({
  type: "done",
  reason,
  usage: { inputTokens: 1_234, outputTokens: 56 },
  contextSize: 0,
  durationMs: 2_100,
  steps: 1,
  model: "openai/gpt",
});

export const sealed = { type: "turn-sealed" };
