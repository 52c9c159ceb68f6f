import { doneReason } from "@dispatch/wire";
import { expect, it } from "vitest";
import { endSentence, statusWords } from "./status-words.ts";

const ended = (
  reason: (typeof doneReason.options)[number],
  more: { code?: string; detail?: string } = {},
) => ({
  status: "idle" as const,
  lastTurn: { turnId: "t", reason, ...more },
});

it("says how it stands in few words", () => {
  expect(statusWords({ status: "active", waiting: "approval" })).toBe("active (waits for an answer)");
  expect(statusWords({ ...ended("error"), status: "active" })).toBe("active");
  expect(statusWords(ended("completed"))).toBe("idle");
  expect(statusWords(ended("error", { code: "auth" }))).toBe("idle (failed: auth)");
  expect(statusWords({ ...ended("timeout"), status: "closed" })).toBe("closed (stopped: out of time)");
});

it("has a sentence for every end that is no answer", () => {
  for (const reason of doneReason.options)
    expect(endSentence(ended(reason)), reason)[reason === "completed" ? "toBeUndefined" : "toBeDefined"]();
  expect(endSentence(ended("error", { code: "auth", detail: "The key is not valid." }))).toBe(
    "The key is not valid.",
  );
  expect(endSentence({ ...ended("error"), status: "active" })).toBeUndefined();
});
