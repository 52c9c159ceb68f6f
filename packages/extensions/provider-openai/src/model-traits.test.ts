import type { Effort } from "@dispatch/wire";
import { expect, it } from "vitest";
import { effortFor } from "./model-traits.ts";

it.each<[string, Effort, string | undefined]>([
  ["o3", "low", "low"],
  ["o4-mini", "max", "high"],
  ["o1", "xhigh", "high"],
  ["o1-mini", "high", undefined],
  ["gpt-5", "medium", "medium"],
  ["gpt-5-mini", "xhigh", "high"],
  ["gpt-5.1-codex-max", "max", "xhigh"],
  ["gpt-5.2", "max", "xhigh"],
  ["gpt-5-pro", "low", "high"],
  ["gpt-5-chat-latest", "high", undefined],
  ["openai/gpt-5", "low", "low"],
  ["gpt-4o", "high", undefined],
  ["gpt-50", "high", undefined],
  ["gpt-oss:20b", "high", undefined],
  ["llama3", "max", undefined],
  ["o3000", "high", undefined],
])("%s with effort %s gets %s", (model, effort, sent) => {
  expect(effortFor(model, effort, false)).toBe(sent);
});

it.each([
  ["gpt-5.1", "high"],
  ["gpt-5.2", undefined],
  ["gpt-5.5", undefined],
  ["gpt-5.6", "none"],
  ["gpt-5.6-terra", "none"],
  ["o3", "high"],
])("beside tools OpenAI itself gets for %s %s", (model, sent) => {
  expect(effortFor(model, "high", true)).toBe(sent);
});
