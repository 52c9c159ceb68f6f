import { expect, it } from "vitest";
import { shownValue } from "./shown-value.ts";

it.each([
  ["credentials.a.apiKey", "sk-plain", "(hidden)"],
  ["credentials.a.apiKey", "env:MY_KEY", "env:MY_KEY"],
  [
    "credentials.a.baseUrl",
    "https://ann:pw@host/v1?api-key=x&v=2#a",
    "https://(hidden)@host/v1?api-key=(hidden)&v=2#a",
  ],
  ["credentials.a.baseUrl", "http://127.0.0.1:9/v1", "http://127.0.0.1:9/v1"],
  ["extensions.x.settings.webhookToken", "abc", "(hidden)"],
  ["extensions.x.settings.tokens", ["a", "env:B"], ["(hidden)", "env:B"]],
  ["extensions.x.settings.headers.X-Any", "abc", "(hidden)"],
  ["extensions.x.settings.env.ANY", "abc", "(hidden)"],
  [
    "extensions.x.settings.servers",
    [{ env: { A: "b" }, url: "http://a:b@c", n: 1 }],
    [{ env: { A: "(hidden)" }, url: "http://(hidden)@c", n: 1 }],
  ],
  ["extensions.x.settings.maxTokens", 5, 5],
  ["approvals", "ask", "ask"],
])("%s: %j is told as %j", (path, value, told) => {
  expect(shownValue(path, value)).toEqual(told);
});
