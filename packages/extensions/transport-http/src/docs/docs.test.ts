import { createHash } from "node:crypto";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startTransport, type TestTransport, token } from "../../test/start-transport.ts";
import { docsScript } from "./docs-page.ts";

let transport: TestTransport;
beforeEach(async () => {
  transport = await startTransport();
});
afterEach(() => transport.stop());

const get = (path: string) => fetch(`${transport.url}${path}`);

test("the page and its scripts need no token, and load nothing from elsewhere", async () => {
  const page = await get("/docs");
  const text = await page.text();
  expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  const policy = page.headers.get("content-security-policy") ?? "";
  expect(policy).toMatch(/^default-src 'none'; script-src 'self';/);
  expect(policy).not.toMatch(/https?:|\*|unsafe-eval|script-src[^;]*unsafe/);
  expect(text).not.toMatch(/https?:\/\//);
  expect(text).not.toContain(token);
  const scripts = [...text.matchAll(/<script[^>]* src="([^"]+)"[^>]*><\/script>/g)].map(
    ([, src = ""]) => src,
  );
  expect(scripts).toHaveLength(text.split("<script").length - 1); // none inline
  for (const src of scripts) {
    const script = await get(src);
    expect([script.status, script.headers.get("content-type")]).toEqual([
      200,
      "text/javascript; charset=utf-8",
    ]);
    expect((await script.text()).length).toBeGreaterThan(100);
  }
});

test("the viewer is the file that was published", async () => {
  const bytes = new Uint8Array(await (await get("/docs/viewer.js")).arrayBuffer());
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(
    "affbd173a65e870e18f392cca963113bcdafb6e50e88cd2f6a834a65b22db94d",
  );
});

test("HEAD tells the length and sends nothing", async () => {
  const response = await fetch(`${transport.url}/docs`, { method: "HEAD" });
  expect(Number(response.headers.get("content-length"))).toBeGreaterThan(500);
  expect(await response.text()).toBe("");
});

/** The page's script with the parts of a browser that it uses, its requests going to the real server. */
async function submit(given: string) {
  const told = { textContent: "" };
  const seen: { shown?: unknown; key?: unknown; addresses: string[]; hidden: boolean } = {
    addresses: [],
    hidden: true,
  };
  let onSubmit: (event: { preventDefault(): void }) => Promise<void> = async () => {};
  let onLoaded = () => {};
  const docs = {
    addEventListener: (_: string, listener: () => void) => {
      onLoaded = listener;
    },
    setApiKey: (...key: unknown[]) => {
      seen.key = key;
    },
    async loadSpec(document: unknown) {
      seen.shown = document;
      onLoaded();
    },
    set hidden(hidden: boolean) {
      seen.hidden = hidden;
    },
  };
  const elements: Record<string, unknown> = {
    ask: {
      addEventListener: (_: string, listener: typeof onSubmit) => {
        onSubmit = listener;
      },
      remove() {},
    },
    told,
    token: { value: ` ${given}\n` },
    docs,
  };
  runInNewContext(docsScript, {
    document: { getElementById: (id: string) => elements[id] },
    customElements: { whenDefined: async () => {} },
    fetch: (address: string, init: RequestInit) => {
      seen.addresses.push(address);
      return fetch(new URL(address, transport.url), init);
    },
  });
  await onSubmit({ preventDefault() {} });
  return { ...seen, told: told.textContent };
}

test("the page reads the document with the token it was given, which is in no address", async () => {
  const seen = await submit(token);
  expect(seen).toMatchObject({
    shown: { openapi: "3.1.0" },
    key: ["bearer", token],
    addresses: ["/openapi.json"],
    hidden: false,
    told: "",
  });
});

test("a wrong token is told, and nothing is shown", async () => {
  expect(await submit("wrong")).toMatchObject({ told: "The token is missing or wrong.", hidden: true });
});
