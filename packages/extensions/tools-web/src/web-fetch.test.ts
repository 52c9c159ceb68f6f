import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { type ToolContext, tools } from "@dispatch/kernel";
import { createTestHost, expectNoLeaks } from "@dispatch/kernel/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import extension from "./index.ts";
import type { WebToolSettings } from "./manifest.ts";
import { createWebFetch } from "./web-fetch.ts";

const megabyte = gzipSync("a".repeat(1_000_000));
const settings: WebToolSettings = {
  timeoutMs: 5_000,
  maxBytes: 100_000,
  maxTextBytes: 60_000,
  maxRedirects: 5,
  convertMs: 3_000,
  allowPrivate: true,
};

const seen: { headers?: IncomingHttpHeaders; hits: number } = { hits: 0 };
const page = `<html><head><title>T</title><style>p{}</style></head><body><h1>Hi</h1><p>See <a href="next?x=1">it</a>
<img src="data:image/png;base64,AAAA" alt="a dot"><script>evil()</script></p><ul><li>one</li></ul></body></html>`;

const routes: Readonly<Record<string, RequestListener>> = {
  "/page": (_, answer) => void answer.setHeader("content-type", "text/html; charset=utf-8").end(page),
  "/plain": (_, answer) => void answer.setHeader("content-type", "text/plain").end("just text\n"),
  "/gzip": (_, answer) =>
    void answer
      .writeHead(200, { "content-type": "text/plain", "content-encoding": "gzip" })
      .end(gzipSync("packed")),
  "/br": (_, answer) =>
    void answer
      .writeHead(200, { "content-type": "text/plain", "content-encoding": "br" })
      .end(brotliCompressSync("packed")),
  "/bomb": (_, answer) =>
    void answer
      .writeHead(200, { "content-type": "text/plain", "content-encoding": "gzip" })
      // 50 MB in members of 1 MB: packing them at once would itself be the memory that is measured
      .end(Buffer.concat(Array.from({ length: 50 }, () => megabyte))),
  "/broken": (_, answer) =>
    void answer
      .writeHead(200, { "content-type": "text/plain", "content-encoding": "gzip" })
      .end(gzipSync("x".repeat(1_000)).subarray(0, 12)),
  "/image": (_, answer) => void answer.setHeader("content-type", "image/png").end(Buffer.alloc(10)),
  "/lie": (_, answer) => void answer.setHeader("content-type", "text/plain").end(Buffer.from([1, 0, 2])),
  "/gone": (_, answer) => void answer.writeHead(410, { "content-type": "text/plain" }).end("moved away"),
  "/hop": (_, answer) => void answer.writeHead(302, { location: "/plain", "set-cookie": "a=b" }).end(),
  "/loop": (_, answer) => void answer.writeHead(302, { location: "/loop" }).end(),
  "/silent": () => {},
  "/slow": (_, answer) => {
    answer.setHeader("content-type", "text/plain");
    const ticking = setInterval(() => answer.write("x"), 20);
    answer.on("close", () => clearInterval(ticking));
  },
  "/cut": (request, answer) => {
    answer.writeHead(200, { "content-type": "text/plain", "content-length": "100" }).write("half");
    setTimeout(() => request.socket.destroy(), 20);
  },
  // Nested deeper than any parser's stack.
  "/deep": (_, answer) => void answer.setHeader("content-type", "text/html").end("<div>".repeat(19_000)),
};

let server: Server;
let base: string;
beforeAll(async () => {
  server = createServer((request, answer) => {
    seen.hits += 1;
    seen.headers = request.headers;
    const route = routes[request.url ?? ""];
    if (route) route(request, answer);
    else answer.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const after = (ms: number, run: () => void | Promise<void>) => {
  const timer = setTimeout(() => void run(), ms);
  return () => clearTimeout(timer);
};
const local = async () => [{ address: "127.0.0.1", family: 4 }];
const contextOf = (signal = new AbortController().signal) => ({ signal }) as ToolContext;
const fetch = async (path: string, changes: Partial<WebToolSettings> = {}, signal?: AbortSignal) =>
  await createWebFetch({ ...settings, ...changes }, { after, resolve: local, userAgent: "test" }).execute(
    { url: path.startsWith("/") ? base + path : path },
    contextOf(signal),
  );

describe("what it gives", () => {
  it("a page as Markdown, with whole addresses and without scripts", async () => {
    const { output, isError } = await fetch("/page");
    expect(isError).toBeUndefined();
    expect(output).toMatch(
      /^\(200 OK; http:\/\/127\.0\.0\.1:\d+\/page; text\/html; as Markdown\)\n\nT\n\n# Hi\n\n/,
    );
    expect(output).toContain(`See [it](${base}/next?x=1)`);
    expect(output).toContain("a dot");
    expect(output).toMatch(/- +one/);
    expect(output).not.toMatch(/evil|base64|p\{\}/);
  });

  it("text as it is, unpacked", async () => {
    expect(await fetch("/plain")).toEqual({ output: `(200 OK; ${base}/plain; text/plain)\n\njust text\n` });
    for (const path of ["/gzip", "/br"]) expect((await fetch(path)).output).toMatch(/\n\npacked$/);
  });

  it("the page after redirects, sending no cookie back", async () => {
    expect((await fetch("/hop")).output).toBe(`(200 OK; ${base}/plain; text/plain)\n\njust text\n`);
    expect(Object.keys(seen.headers ?? {}).sort()).toEqual(
      ["accept", "accept-encoding", "connection", "host", "user-agent"].sort(),
    );
    expect((await fetch("/loop")).output).toContain("more than 5 redirects");
    expect((await fetch("/hop", { maxRedirects: 0 })).isError).toBe(true);
  });

  it("what an error says", async () => {
    expect(await fetch("/gone")).toEqual({
      output: `(410 Gone; ${base}/gone; text/plain)\n\nmoved away`,
      isError: true,
    });
    expect((await fetch("/nowhere")).output).toContain("(404 Not Found;");
  });

  it("the beginning of what is too large, however small it was packed", async () => {
    const before = process.memoryUsage().arrayBuffers;
    const { output, truncated } = await fetch("/bomb", { maxTextBytes: 1_000 });
    expect(output).toContain("only the first 100000 bytes were read; cut: 1 of 1 lines are shown");
    expect({ truncated, length: output.length < 1_200 }).toEqual({ truncated: true, length: true });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
  });

  it("bare text of a page on which making Markdown fails or takes too long", async () => {
    expect((await fetch("/page", { convertMs: 1 })).output).toContain("as bare text)\n\nT\n\nHi\n");
    expect((await fetch("/deep")).output).toMatch(/; as (bare text|Markdown)\)\n\n\(no text\)$/);
  });
});

describe("what it refuses", () => {
  it.each([
    ["/image", "is image/png (status 200), not text"],
    ["/lie", "is no text (status 200)"],
    ["/broken", "cannot be fetched: it failed (Z_BUF_ERROR)"],
    ["/cut", "cannot be fetched: the connection was broken off"],
    ["http://127.0.0.1:1/", "nothing answers there"],
    ["ftp://127.0.0.1/", "Only http and https"],
  ])("%s", async (path, sentence) => {
    const { output, isError } = await fetch(path);
    expect({ output, isError }).toEqual({ output: expect.stringContaining(sentence), isError: true });
  });

  it("private addresses by number and by name, before anything is sent", async () => {
    const hits = seen.hits;
    const { port } = new URL(base);
    for (const host of ["127.0.0.1", "localhost", "looks.public.example", "0x7f.1", "[::ffff:127.0.0.1]"]) {
      const { output, isError } = await fetch(`http://${host}:${port}/plain`, { allowPrivate: false });
      expect({ output, isError }).toEqual({
        output: expect.stringContaining("is not on the public internet"),
        isError: true,
      });
    }
    expect(seen.hits).toBe(hits);
  });

  it("connects to the address that was checked: a name is looked up once for a connection", async () => {
    const asked: string[] = [];
    const tool = createWebFetch(settings, {
      after,
      userAgent: "test",
      resolve: async (hostname) => {
        asked.push(hostname);
        return local();
      },
    });
    const { port } = new URL(base);
    const { output } = await tool.execute({ url: `http://some.example:${port}/plain` }, contextOf());
    expect(output).toContain("just text");
    expect(asked).toEqual(["some.example"]);
    expect(seen.headers?.host).toBe(`some.example:${port}`);
  });

  it("to wait longer than its time, for a head or for a body", async () => {
    for (const path of ["/silent", "/slow"]) {
      const began = Date.now();
      const { output } = await fetch(path, { timeoutMs: 150 });
      expect(output).toBe(`${base}${path} did not answer in full within 150 ms.`);
      expect(Date.now() - began).toBeLessThan(10_000);
    }
  });

  it("K5: to go on after an abort", async () => {
    for (const path of ["/silent", "/slow"]) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error("stopped")), 50);
      await expect(fetch(path, {}, controller.signal)).rejects.toThrow("stopped");
    }
    await expect(fetch("/plain", {}, AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
  });
});

it("is contributed to a real host, which keeps private addresses out by default", async () => {
  const host = createTestHost({ extensions: [extension] });
  expect((await host.start()).problems).toEqual([]);
  const [tool] = host.list(tools);
  expect(tool).toMatchObject({ name: "web_fetch", value: { kind: "execute" } });
  const { output } = (await tool?.value.execute({ url: `${base}/plain` }, contextOf())) ?? { output: "" };
  expect(output).toContain("is not on the public internet");
  await host.stop();
  expectNoLeaks(host);
});
