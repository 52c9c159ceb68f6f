import { expect, test } from "vitest";
import { modelOptions } from "../composer/model-options.ts";
import { codeIn } from "../login/login.ts";
import { approvalLines } from "../tools/approval-lines.ts";
import { callTarget } from "../tools/call-target.ts";
import { connectionText } from "./connection-text.ts";
import { conversationIn, hashOf, loginCodeIn } from "./route.ts";

const error = Object.assign(new Error("x"), {
  name: "DispatchClientError",
  code: "unreachable",
  status: 0,
  details: { data: {} },
});

test("the connection is told in words", () => {
  expect(connectionText({ kind: "open", transport: "ws" }, true, 0).text).toBe("connected");
  expect(connectionText({ kind: "connecting" }, false, 0).text).toBe("connecting…");
  expect(connectionText({ kind: "connecting" }, true, 0).text).toBe("reconnecting…");
  expect(connectionText({ kind: "waiting", nextTryAt: 2_500, error }, true, 0)).toEqual({
    tone: "bad",
    text: "server gone, reconnecting in 3 s",
    canRetry: true,
  });
  const cut = { ...error, message: "x", code: "stream-ended" };
  expect(connectionText({ kind: "waiting", nextTryAt: 0, error: cut }, true, 9).text).toBe(
    "connection lost, reconnecting in 0 s",
  );
});

test("addresses lead to conversations and back, and nowhere else", () => {
  expect(conversationIn(hashOf("a-B_1"))).toBe("a-B_1");
  for (const hash of ["", "#/", "#/c/", "#/c/../x", "#/c/a/b", "#login=abc"])
    expect(conversationIn(hash)).toBeUndefined();
  expect(loginCodeIn("#login=ab-c_1")).toBe("ab-c_1");
  expect(loginCodeIn("#login=<script>")).toBeUndefined();
});

test("a pasted link or code is found, and nothing that is none", () => {
  const code = "a".repeat(43);
  expect([codeIn(` http://x:1/#login=${code}\n`), codeIn(code)]).toEqual([code, code]);
  expect([codeIn("hello"), codeIn("http://x:1/"), codeIn("")]).toEqual([undefined, undefined, undefined]);
});

test("models have the shortest names that tell them apart; one that is set stays", () => {
  const model = (id: string, rest = {}) => ({
    id,
    credential: id.split("/")[0] ?? "",
    provider: "p",
    ...rest,
  });
  expect(modelOptions([model("a/x"), model("a/y", { default: true })], undefined)).toEqual({
    value: "a/y",
    options: [
      { id: "a/x", label: "x" },
      { id: "a/y", label: "y" },
    ],
  });
  const two = modelOptions([model("a/x"), model("b/x", { name: "Ex" })], "gone/z");
  expect(two.options.map(({ label }) => label)).toEqual(["gone/z", "a · x", "b · Ex"]);
  expect(modelOptions([], undefined)).toEqual({ value: "", options: [{ id: "", label: "no models" }] });
});

test("a call is shown whole, its words told apart", () => {
  const request = {
    name: "run_command",
    input: { argv: ["rm", "a b", "-rf"], timeoutMs: 5, cwd: "/x" },
    cwd: "/y",
    kind: "execute" as const,
  };
  expect(approvalLines(request)).toEqual([
    { label: "tool", text: "run_command" },
    { label: "argv", text: 'rm "a b" -rf' },
    { label: "timeoutMs", text: "5" },
    { label: "cwd", text: "/x" },
    { label: "working directory", text: "/y" },
  ]);
  expect(approvalLines({ ...request, input: [1] })[1]).toEqual({ label: "input", text: "[\n  1\n]" });
});

test("a call's target is what tells most", () => {
  expect(callTarget({ argv: ["ls", "-l"] })).toBe("ls -l");
  expect(callTarget({ script: "\nmake\nmake test" })).toBe("make");
  expect(callTarget({ pattern: "x", path: "src" })).toBe("src");
  expect([callTarget({}), callTarget(null), callTarget("x")]).toEqual([undefined, undefined, undefined]);
});
