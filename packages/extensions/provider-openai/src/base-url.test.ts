import { describe, expect, it } from "vitest";
import { isLocalHost, parseBaseUrl } from "./base-url.ts";
import { retryAfterMs } from "./retry-after.ts";

describe("parseBaseUrl", () => {
  it.each([
    [undefined, "https://api.openai.com/v1/models"],
    ["http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1/models"],
    ["http://127.0.0.1:11434/v1///", "http://127.0.0.1:11434/v1/models"],
    [" https://x.example/openai/ ", "https://x.example/openai/models"],
    ["https://x.example", "https://x.example/models"],
    ["https://x.example/v1/chat/completions", "https://x.example/v1/models"],
    ["https://x.example/v1?api-version=2", "https://x.example/v1/models?api-version=2"],
  ])("%s", (given, models) => {
    expect(parseBaseUrl(given)?.url("/models")).toBe(models);
  });

  it.each(["", "x", "file:///etc/passwd", "http://u@x/v1", "http://:p@x/v1"])("refuses %j", (given) => {
    expect(parseBaseUrl(given)).toBeUndefined();
  });
});

it.each([
  [
    true,
    "localhost 127.0.0.1 127.9.9.9 10.0.0.1 172.16.0.1 172.31.255.1 192.168.1.1 169.254.1.1 0.0.0.0 ollama box.local [::1] [fd00::1] [fe80::1]",
  ],
  [
    false,
    "api.openai.com 8.8.8.8 172.32.0.1 172.15.0.1 192.169.0.1 11.0.0.1 [2001:db8::1] localhost.example.com",
  ],
])("isLocalHost is %s", (local, names) => {
  for (const name of names.split(" ")) expect(`${name} ${isLocalHost(name)}`).toBe(`${name} ${local}`);
});

it.each([
  [{ "retry-after": "3" }, 3_000],
  [{ "retry-after": "0.5" }, 500],
  [{ "retry-after": "-4" }, 0],
  [{ "retry-after": "Thu, 01 Jan 1970 00:00:30 GMT" }, 20_000],
  [{ "retry-after": "Thu, 01 Jan 1970 00:00:01 GMT" }, 0],
  [{ "retry-after": "soon" }, undefined],
  [{ "retry-after": "9", "retry-after-ms": "120" }, 120],
  [{ "retry-after": "9", "retry-after-ms": "x" }, 9_000],
  [{}, undefined],
])("retryAfterMs of %j", (headers, wait) => {
  expect(retryAfterMs(new Headers(headers), 10_000)).toBe(wait);
});
