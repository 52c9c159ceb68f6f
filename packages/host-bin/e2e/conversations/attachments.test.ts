/** Files that messages bring along: uploaded once, sent with every turn, gone with the last conversation that uses them. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { reply, text } from "@dispatch/provider-openai/testing";
import type { Attachment } from "@dispatch/wire";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runDispatch } from "../support/cli.ts";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({
    config: { extensions: { attachments: { settings: { maxBytes: 5_000_000, maxTotalBytes: 9_000_000 } } } },
  });
});
afterAll(() => stage.end());

const png = Buffer.from("\x89PNG\r\n\x1a\n of e2e", "latin1");
const upload = (
  bytes: Uint8Array<ArrayBuffer>,
  type = "image/png",
  query = "?name=shot.png",
  token = stage.server.token,
) =>
  fetch(`${stage.api.url}/attachments${query}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": type },
    body: bytes,
  });
const uploaded = async (bytes: Uint8Array<ArrayBuffer>, type?: string): Promise<Attachment> => {
  const answer = await upload(bytes, type);
  expect(answer.status).toBe(201);
  return (await answer.json()) as Attachment;
};
const kept = async () => (await readdir(join(stage.dataDir, "attachments"))).sort();
const requestText = (at: number) => JSON.stringify(stage.provider.requests.at(at)?.body);
const dataUrl = `data:image/png;base64,${png.toString("base64")}`;

it("a picture reaches the model in its turn, in a queued one, and after a restart; it goes with the conversation", async () => {
  const picture = await uploaded(png);
  expect(picture).toEqual({
    attachmentId: expect.any(String),
    mimeType: "image/png",
    name: "shot.png",
    size: png.length,
  });
  expect(await uploaded(png)).toEqual(picture);
  stage.provider.script(reply(text("A picture.")));
  const lines = await stage.api.chat({
    message: "look",
    conversationId: "a",
    cwd: stage.cwd,
    attachments: [picture],
  });
  expect(lines.at(-1)).toMatchObject({ event: { type: "turn-sealed" } });
  expect(requestText(-1)).toContain(dataUrl);
  const chunk = { type: "image", attachmentId: picture.attachmentId, mimeType: "image/png" };
  expect((await stage.api.messages("a"))[0]?.chunks).toEqual([{ type: "text", text: "look" }, chunk]);

  stage.provider.script(reply(text("Again.")));
  await stage.api.json("POST", "/conversations/a/queue", { message: "and this", attachments: [picture] });
  await stage.api.json("GET", "/conversations/a/last");
  expect((await stage.api.messages("a")).at(-2)?.chunks).toEqual([{ type: "text", text: "and this" }, chunk]);

  await stage.server.kill();
  await stage.restart();
  stage.provider.script(reply(text("Still there.")));
  await stage.api.chat({ message: "and now?", conversationId: "a" });
  expect(requestText(-1)?.split(dataUrl)).toHaveLength(3);

  stage.provider.script(reply(text("Yes.")));
  await stage.api.chat({ message: "you too", conversationId: "b", cwd: stage.cwd, attachments: [picture] });
  await stage.api.json("DELETE", "/conversations/a?archive=false");
  const bytes = await stage.api.request("GET", `/attachments/${picture.attachmentId}`);
  expect(Buffer.from(await bytes.arrayBuffer())).toEqual(png);
  expect(Object.fromEntries(bytes.headers)).toMatchObject({
    "content-type": "application/octet-stream",
    "content-disposition": "attachment",
    "x-content-type-options": "nosniff",
  });
  await stage.api.json("DELETE", "/conversations/b?archive=false");
  await expect.poll(kept).toEqual([]);
});

it("what is not there, too long, without room, without a token or not its place is refused, and nothing is started or kept", async () => {
  const nothing = await stage.api.json("POST", "/chat", {
    message: "look",
    conversationId: "never",
    attachments: [{ attachmentId: "x".repeat(43), mimeType: "image/png" }],
  });
  expect(nothing).toMatchObject({ status: 400, code: "unknown-attachment" });
  const outside = await stage.api.json("POST", "/chat", {
    message: "look",
    attachments: [{ attachmentId: "../token", mimeType: "text/plain" }],
  });
  expect(outside).toMatchObject({ status: 400, code: "unknown-attachment" });
  expect((await stage.api.request("GET", "/conversations/never")).status).toBe(404);

  expect((await upload(new Uint8Array(5_000_001))).status).toBe(413);
  expect((await upload(png, "image/png", "?name=a&mimeType=b")).status).toBe(400);
  expect((await upload(png, "image/png", "", "wrong")).status).toBe(401);
  for (const id of ["..%2ftoken", "x".repeat(43), "%00"])
    expect([400, 404]).toContain((await stage.api.request("GET", `/attachments/${id}`)).status);
  expect(await kept()).toEqual([]);

  const four = new Uint8Array(4_000_000);
  expect(await uploaded(four)).toEqual(await uploaded(four));
  expect((await upload(Uint8Array.from(four, () => 1))).status).toBe(201);
  expect(await (await upload(Uint8Array.from(four, () => 2))).json()).toMatchObject({
    code: "attachments-full",
  });
  expect(await kept()).toHaveLength(2);
});

it("`dispatch chat --file` brings a picture along", async () => {
  const home = join(stage.cwd, "home");
  await mkdir(home);
  await writeFile(join(home, "shot.png"), Buffer.concat([png, Buffer.from(" by hand")]));
  await writeFile(join(home, "list.txt"), "buy milk\n");
  stage.provider.script(reply(text("I see it.")));
  const options = { home, dataDir: stage.dataDir };
  const seen = await runDispatch(
    ["chat", "--file", "shot.png", "--file", "list.txt", "what is it?"],
    options,
  );
  expect(seen).toMatchObject({ code: 0, out: expect.stringContaining("I see it.") });
  expect(requestText(-1)).toContain(Buffer.concat([png, Buffer.from(" by hand")]).toString("base64"));
  expect(requestText(-1)).toContain("buy milk");
  const alone = await runDispatch(["chat", "--file", "shot.png"], options);
  expect(alone).toMatchObject({ code: 2, err: expect.stringContaining("needs words") });
});
