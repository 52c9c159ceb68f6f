import { expect, it } from "vitest";
import { shownValue, shownValues } from "./shown-value.ts";

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

it("known secrets are taken out of texts, and of nothing else: a key may look like a word or a number", () => {
  const values = [
    { path: "credentials.ollama.baseUrl", value: "http://host/ollama/v1", source: "a" },
    { path: "extensions.x.settings", value: { on: true, port: 18080, list: ["true"] }, source: "b" },
  ];
  const redact = (text: string) => text.replaceAll(/ollama|true|8080|value|null/g, "[redacted]");
  expect(shownValues(values, redact)).toEqual([
    { ...values[0], value: "http://host/[redacted]/v1" },
    { ...values[1], value: { on: true, port: 18080, list: ["[redacted]"] } },
  ]);
});
