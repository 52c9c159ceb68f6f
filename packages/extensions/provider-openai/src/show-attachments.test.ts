/** Attachments in requests, against a server that checks them. */
import type { ProviderRequest } from "@dispatch/kernel";
import { afterEach, describe, expect, it } from "vitest";
import { startPlainServer } from "./fixtures/plain-server.ts";
import { answerOf, apiKey, ask, realProvider } from "./fixtures/real-provider.ts";
import { showAttachments } from "./show-attachments.ts";
import { reply, startStrictServer, text } from "./testing/index.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const png = Buffer.from("\x89PNG\r\n\x1a\n and more", "latin1");
const files: Record<string, Uint8Array> = {
  pic: png,
  note: Buffer.from("buy milk"),
  bad: Buffer.from([0xff, 0xfe, 0xfd]),
  long: Buffer.alloc(262_145, "x"),
};
const asking = (...attached: [string, string][]): ProviderRequest =>
  ask("", {
    attachment: async (id) => files[id],
    messages: [
      {
        messageId: "m",
        role: "user",
        chunks: [
          { type: "text", text: "See?" },
          ...attached.map(([attachmentId, mimeType]) => ({ type: "image", attachmentId, mimeType }) as const),
        ],
      },
    ],
  });
const lastContent = (body: string): unknown =>
  (JSON.parse(body) as { messages: { content: unknown }[] }).messages.at(-1)?.content;

describe("attachments", () => {
  it("are sent as pictures and text, the same bytes each time; of others the model is told", async () => {
    const server = await startStrictServer({ apiKey });
    open.push(server);
    server.script(reply(text("yes")));
    server.script(reply(text("yes")));
    const request = asking(
      ["pic", "image/png"],
      ["note", "text/plain"],
      ["bad", "text/plain"],
      ["gone", "image/png"],
    );
    const provider = realProvider(server.url);
    await answerOf(provider, request);
    await answerOf(provider, request);
    const [first, second] = server.requests.map(({ body }) => JSON.stringify(body));
    expect(second).toBe(first);
    expect(lastContent(first ?? "")).toEqual([
      { type: "text", text: "See?" },
      { type: "image_url", image_url: { url: `data:image/png;base64,${png.toString("base64")}` } },
      { type: "text", text: "[An attachment (text/plain)]\nbuy milk" },
      { type: "text", text: "[An attachment (text/plain) that you cannot see]" },
      { type: "text", text: "[An attachment (image/png) that you cannot see]" },
    ]);
  });

  it("are left out for a model that refuses pictures, in the same request and in all that follow", async () => {
    const seen: string[] = [];
    const server = await startPlainServer(async (request, response) => {
      let body = "";
      for await (const piece of request) body += piece;
      seen.push(body);
      if (body.includes("image_url")) {
        response.writeHead(400, { "content-type": "application/json" });
        response.end(JSON.stringify({ error: { message: "this model takes no images" } }));
        return;
      }
      response.writeHead(200, { "content-type": "text/event-stream" });
      const choice = { index: 0, delta: { content: "I cannot see it" }, finish_reason: "stop" };
      response.end(`data: ${JSON.stringify({ choices: [choice] })}\n\ndata: [DONE]\n\n`);
    });
    open.push(server);
    const provider = realProvider(server.url);
    const request = asking(["pic", "image/png"]);
    expect(await answerOf(provider, request)).toMatchObject({ text: "I cannot see it" });
    expect(await answerOf(provider, request)).toMatchObject({ text: "I cannot see it" });
    expect(seen.map((body) => body.includes("image_url"))).toEqual([true, false, false]);
    expect(lastContent(seen[1] ?? "")).toBe("See?\n[An attachment (image/png) that you cannot see]");
  });

  it("that are refused for another reason: the first refusal is what is told", async () => {
    let count = 0;
    const server = await startPlainServer((request, response) => {
      request.resume();
      response.writeHead(400, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { message: `no ${++count}` } }));
    });
    open.push(server);
    const provider = realProvider(server.url);
    expect(await answerOf(provider, asking(["pic", "image/png"]))).toMatchObject({
      last: { type: "error", error: { message: "no 1" } },
    });
    await answerOf(provider, asking(["pic", "image/png"]));
    expect(count).toBe(4); // it was not taken for a model that takes no pictures
  });

  it("too long for a message are not shown; without a reader nothing is", async () => {
    const shown = await showAttachments(asking(["long", "text/plain"], ["note", "application/json"]), true);
    expect([...shown.shown.keys()]).toEqual(["note"]);
    const { attachment: _, ...blind } = asking(["pic", "image/png"]);
    expect((await showAttachments(blind, true)).shown.size).toBe(0);
  });

  it("have bounds together: the newest are shown, older ones are not even read", async () => {
    const read: string[] = [];
    const large = Buffer.alloc(15_000_000);
    const many = {
      ...asking(...Array.from({ length: 40 }, (_, n): [string, string] => [`p${n}`, "image/png"])),
      attachment: async (id: string) => {
        read.push(id);
        return large;
      },
    };
    const { shown, pictures } = await showAttachments(many, true);
    expect([[...shown.keys()].sort(), pictures]).toEqual([["p38", "p39"], 2]);
    expect(read).toEqual(["p39", "p38", "p37"]);
  });

  it("count as often as they are sent", async () => {
    const same = {
      ...asking(...Array.from({ length: 16 }, (): [string, string] => ["p", "image/png"])),
      attachment: async () => Buffer.alloc(15_000_000),
    };
    expect((await showAttachments(same, true)).shown.size).toBe(0);
  });
});
