import type { LookupAddress } from "node:dns";
import { describe, expect, it } from "vitest";
import { createCheckedLookup } from "./checked-lookup.ts";
import { checkUrl } from "./checked-url.ts";
import { follow } from "./follow.ts";
import type { Fetched } from "./request.ts";

describe("checkUrl", () => {
  it.each([
    ["https://example.com/a?b#c", "https://example.com/a?b"],
    ["HTTP://EXAMPLE.com", "http://example.com/"],
    ["http://8.8.8.8:81/", "http://8.8.8.8:81/"],
    ["http://[2606:4700:4700::1111]/", "http://[2606:4700:4700::1111]/"],
  ])("takes %s", (text, href) => expect(checkUrl(text, false).href).toBe(href));

  it.each<readonly [string, string]>([
    ["example.com", "is not a URL"],
    ["", "is not a URL"],
    ["ftp://example.com/", "Only http and https are fetched, not ftp:"],
    ["file:///etc/passwd", "not file:"],
    ["data:text/plain,x", "not data:"],
    ["http://user:pass@example.com/", "no credentials are sent"],
    ["http://user@example.com/", "no credentials are sent"],
    ...[
      "127.0.0.1",
      "0x7f.1",
      "2130706433",
      "017700000001",
      "127.1",
      "[::1]",
      "[::ffff:127.0.0.1]",
      "0",
      "10.1",
    ].map((host) => [`http://${host}/`, "is not on the public internet"] as const),
    ["http://169.254.169.254/latest/meta-data/", "is not on the public internet"],
  ])("refuses %s", (text, sentence) => expect(() => checkUrl(text, false)).toThrow(sentence));

  it("takes private ones where that is allowed", () => {
    expect(checkUrl("http://[::1]:80/x", true).href).toBe("http://[::1]/x");
  });
});

const v4 = (address: string): LookupAddress => ({ address, family: 4 });
const v6 = (address: string): LookupAddress => ({ address, family: 6 });

/** What a connection would be made to. */
const lookUp = (
  addresses: readonly LookupAddress[],
  options: { family?: number; all?: boolean },
  allowed = false,
) =>
  new Promise((resolve) => {
    const lookup = createCheckedLookup(async () => addresses, allowed);
    lookup("host", options, (error, address, family) =>
      resolve(error === null ? (options.all ? address : [address, family]) : error.message),
    );
  });

describe("checked lookup", () => {
  const open = [v4("8.8.8.8"), v6("2001:4860:4860::8888")];

  it("hands on what it checked, in the form that was asked for", async () => {
    expect(await lookUp(open, { all: true })).toEqual(open);
    expect(await lookUp(open, { all: false })).toEqual(["8.8.8.8", 4]);
    expect(await lookUp(open, { family: 6 })).toEqual(["2001:4860:4860::8888", 6]);
    expect(await lookUp([v4("127.0.0.1")], { all: true }, true)).toEqual([v4("127.0.0.1")]);
  });

  it.each([
    ["a private one", [v4("10.0.0.1")]],
    ["a private one after a public one", [...open, v4("127.0.0.1")]],
    ["a private one of the other family", [v4("8.8.8.8"), v6("::1")]],
  ])("refuses a name with %s", async (_name, addresses) => {
    for (const options of [{ all: true }, { family: 4 }, {}])
      expect(await lookUp(addresses, options)).toMatch(/^"host" \(.+\) is not on the public internet/);
  });

  it("says so when there is none, and when the lookup fails", async () => {
    expect(await lookUp([], { all: true })).toBe("host has no address");
    expect(await lookUp([v4("8.8.8.8")], { family: 6 })).toBe("host has no address");
    const failing = createCheckedLookup(() => Promise.reject(new Error("no server")), false);
    expect(await new Promise((resolve) => failing("host", {}, (error) => resolve(error?.message)))).toBe(
      "no server",
    );
  });
});

describe("follow", () => {
  const limits = { maxRedirects: 5, allowPrivate: false };
  const answerOf = (status: number, location?: string): Fetched => ({
    status,
    statusText: "",
    headers: location === undefined ? {} : { location },
    body: async () => ({ bytes: Buffer.alloc(0), cut: false }),
    drop() {},
  });
  const run = (...answers: readonly Fetched[]) => {
    const asked: string[] = [];
    const send = async (url: URL) => {
      const answer = answers[Math.min(asked.length, answers.length - 1)];
      asked.push(url.href);
      return answer as Fetched;
    };
    return follow(new URL("https://a.example/x/y"), limits, send).then(
      ({ url }) => [...asked, url.href],
      (error: Error) => [...asked, error.message],
    );
  };

  it("goes where it is sent, relative addresses too", async () => {
    expect(await run(answerOf(302, "../z"), answerOf(301, "http://b.example"), answerOf(200))).toEqual([
      "https://a.example/x/y",
      "https://a.example/z",
      "http://b.example/",
      "http://b.example/",
    ]);
    expect(await run(answerOf(304, "/z"))).toHaveLength(2);
    expect(await run(answerOf(302))).toHaveLength(2);
  });

  it.each([
    ["http://127.0.0.1/", "is not on the public internet"],
    ["//169.254.169.254/latest", "is not on the public internet"],
    ["file:///etc/passwd", "Only http and https"],
    ["https://u:p@b.example/", "no credentials"],
  ])("does not go to %s", async (location, sentence) => {
    const [first, ...rest] = await run(answerOf(302, location));
    expect(first).toBe("https://a.example/x/y");
    expect(rest).toEqual([expect.stringContaining(sentence)]);
  });

  it("gives up after five", async () => {
    const asked = await run(answerOf(302, "/again"));
    expect(asked).toHaveLength(7);
    expect(asked.at(-1)).toContain("more than 5 redirects");
  });
});
