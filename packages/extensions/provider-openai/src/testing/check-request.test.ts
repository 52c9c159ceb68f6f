import { describe, expect, it } from "vitest";
import { checkRequest } from "./check-request.ts";
import { answer, body, call, calling, spoken, talk, tool, user } from "./planted-fault.ts";

describe("checkRequest", () => {
  it("tells every fault at once, and none that is not there", () => {
    const faults = checkRequest(
      body({ tools: [], messages: [{ role: "user", content: "" }, calling(call("a"))] }),
    );
    expect(faults.map((fault) => fault.reason)).toEqual([
      "empty-content",
      "unanswered-tool-calls",
      "empty-tools",
    ]);
  });

  it("accepts what agents really send", () => {
    const system = { role: "system", content: "You are here." };
    const later = { role: "developer", content: "The time is now." };
    const request = {
      ...talk(
        system,
        user,
        calling(call("a"), call("b")),
        answer("b"),
        answer("a", [{ type: "text", text: "x" }]),
        later,
        user,
      ),
      ...{ stream: true, stream_options: { include_usage: true }, tools: [tool("read")] },
      ...{ max_completion_tokens: 100, temperature: 0, reasoning_effort: null, prompt_cache_key: "c" },
    };
    expect(checkRequest(request)).toEqual([]);
  });

  it("tolerates the fields of a dialect when asked to", () => {
    const dialect = { ...talk(user, { ...spoken, reasoning_content: "hm" }, user), enable_thinking: true };
    expect(
      checkRequest(dialect, { bodyFields: ["enable_thinking"], messageFields: ["reasoning_content"] }),
    ).toEqual([]);
  });
});
