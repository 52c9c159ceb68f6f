import { expect, test } from "vitest";
import type { Live } from "../hub/live.ts";
import { waitsFor } from "./waits-for.ts";

const tool = (name: string) => [name, { callId: name, name, startedAt: 0 }] as const;
const waiting = { attempt: 1, retryAt: 5, error: { code: "x", message: "x", retryable: true } };
const question = new Map([["a", {}]]) as unknown as Live["approvals"];
const nothing = {
  approvals: new Map() as Live["approvals"],
  queued: false,
  retry: undefined,
  tools: new Map() as Live["tools"],
};

test.each([
  ["nothing", {}, undefined],
  ["a slot", { queued: true }, "slot"],
  ["a retry", { retry: waiting }, "retry"],
  ["a retry whose time has come", { retry: { ...waiting, retryAt: 4 } }, undefined],
  ["an approval", { approvals: question }, "approval"],
  ["an approval beside a working tool", { approvals: question, tools: new Map([tool("run")]) }, undefined],
  ["a child", { tools: new Map([tool("spawn")]) }, "child"],
  ["a child beside a working tool", { tools: new Map([tool("spawn"), tool("run")]) }, undefined],
  ["an approval beside a child", { approvals: question, tools: new Map([tool("spawn")]) }, "approval"],
] as const)("a turn with %s", (_, given, wanted) => {
  expect(waitsFor({ ...nothing, ...given }, 4, (name) => name === "spawn")).toBe(wanted);
});
