import { commands } from "@dispatch/commands/ports";
import { afterEach, expect, test } from "vitest";
import { startWeb, type WebStage } from "../../test/start-web.ts";

let stage: WebStage;
afterEach(() => stage.stop());

const loggedIn = async () => {
  const answer = await stage.logIn(await stage.newCode());
  expect(answer.status).toBe(201);
  return (await answer.json()) as { id: string; token: string };
};
const statusOf = async (bearer: string, path = "/conversations") =>
  (await stage.request("GET", path, undefined, bearer)).status;
const codeOf = async (answer: Response) => ((await answer.json()) as { code: string }).code;

test("a link logs in once; the token reads and writes and administers nothing", async () => {
  stage = await startWeb();
  const code = await stage.newCode();
  expect(code.length).toBeGreaterThanOrEqual(43); // 256 bits
  const first = await stage.logIn(code);
  expect(first.status).toBe(201);
  const { id, token } = (await first.json()) as { id: string; token: string };
  expect([id, token]).toEqual([expect.stringMatching(/^web-/), expect.stringMatching(/^dsp_[\w-]{43}$/)]);
  expect(await statusOf(token)).toBe(200);
  expect((await stage.request("POST", "/conversations", { id: "c" }, token)).status).toBe(201);
  expect(await statusOf(token, "/web/sessions")).toBe(403);
  expect((await stage.request("POST", "/web/links", {}, token)).status).toBe(403);
  const second = await stage.logIn(code);
  expect([second.status, await codeOf(second)]).toEqual([403, "login-link-invalid"]);
  expect(await statusOf(token)).toBe(200);
});

test("two at once with one link: one is in", async () => {
  stage = await startWeb();
  const code = await stage.newCode();
  const answers = await Promise.all(Array.from({ length: 8 }, () => stage.logIn(code)));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(403)]);
});

test("a link is too old after its time, and an unused one lost with the process", async () => {
  stage = await startWeb({ linkMs: 1_000 });
  const [early, late] = [await stage.newCode(), await stage.newCode()];
  await stage.host.clock.advance(999);
  expect((await stage.logIn(early)).status).toBe(201);
  await stage.host.clock.advance(1);
  expect(await codeOf(await stage.logIn(late))).toBe("login-link-invalid");
  const lost = await stage.newCode();
  await stage.restart();
  expect((await stage.logIn(lost)).status).toBe(403);
});

test("wrong codes are held back; a right one is taken all the same", async () => {
  stage = await startWeb();
  const code = await stage.newCode();
  const wrong = await Promise.all(Array.from({ length: 25 }, (_, n) => stage.logIn(`wrong-${n}`)));
  expect(wrong.filter(({ status }) => status === 403)).toHaveLength(20);
  const held = wrong.find(({ status }) => status === 429);
  expect(await held?.json()).toMatchObject({ code: "too-many-requests", retryAfterMs: 60_000 });
  expect((await stage.logIn(code)).status).toBe(201);
  await stage.host.clock.advance(60_000);
  expect((await stage.logIn("wrong")).status).toBe(403);
});

test("only the latest twenty links are good", async () => {
  stage = await startWeb();
  const first = await stage.newCode();
  const others = [];
  for (let n = 0; n < 20; n++) others.push(await stage.newCode());
  expect((await stage.logIn(first)).status).toBe(403);
  expect((await stage.logIn(others[0] ?? "")).status).toBe(201);
});

test("a browser stays logged in over restarts, by a hash alone, until it is not used for long", async () => {
  stage = await startWeb({ idleMs: 10 * 3_600_000 });
  const { id, token } = await loggedIn();
  await stage.restart();
  expect(await statusOf(token)).toBe(200);
  for (let n = 0; n < 3; n++) {
    await stage.host.clock.advance(6 * 3_600_000);
    expect(await statusOf(token)).toBe(200);
  }
  await stage.host.clock.advance(3_600_000); // written down by the sweep
  await stage.restart();
  expect(await statusOf(token)).toBe(200);
  const list = await (await stage.request("GET", "/web/sessions")).text();
  expect(list).toContain(id);
  expect(list).not.toContain(token);
  await stage.host.clock.advance(12 * 3_600_000);
  expect(await statusOf(token)).toBe(401);
});

test("started anew, who was not used for long is told so, and who was is let in again", async () => {
  const hour = 3_600_000;
  stage = await startWeb({ idleMs: 10 * hour });
  const [unused, used] = [await loggedIn(), await loggedIn()];
  await stage.host.clock.advance(5 * hour);
  expect(await statusOf(used.token)).toBe(200);
  await stage.host.clock.advance(5.5 * hour); // between two sweeps
  await stage.host.reload("web");
  expect(await Promise.all([statusOf(unused.token), statusOf(used.token)])).toEqual([401, 200]);
});

test("a browser logs itself out, and no other one", async () => {
  stage = await startWeb();
  const [one, two] = [await loggedIn(), await loggedIn()];
  const remove = (id: string, bearer?: string) =>
    stage.request("DELETE", `/web/sessions/${id}`, undefined, bearer);
  expect(await codeOf(await remove(two.id, one.token))).toBe("forbidden-scope");
  expect((await remove(one.id, one.token)).status).toBe(204);
  expect(await statusOf(one.token)).toBe(401);
  expect((await remove(two.id)).status).toBe(204);
  expect((await remove(two.id)).status).toBe(404);
  await stage.restart();
  expect(await statusOf(two.token)).toBe(401);
});

test("beyond the most, the one not used longest is logged out", async () => {
  stage = await startWeb({ maxBrowsers: 2 });
  const browsers = [];
  for (let n = 0; n < 3; n++) {
    browsers.push(await loggedIn());
    await stage.host.clock.advance(1_000);
  }
  expect(await Promise.all(browsers.map(({ token }) => statusOf(token)))).toEqual([401, 200, 200]);
});

test("`dispatch web` makes links, lists and revokes", async () => {
  stage = await startWeb();
  const [command] = stage.host.list(commands);
  if (!command) throw new Error("there is no command");
  const run = (options: Record<string, string | boolean>) =>
    command.value.run({
      args: [],
      options,
      caller: { credential: "token", scopes: new Set(["admin"]) },
      call: { credential: "token" },
      signal: new AbortController().signal,
    });
  const { text, json } = await run({});
  expect(text).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#login=[\w-]{43}\n$/);
  expect(json).toMatchObject({ url: text?.trim() });
  const far = await run({ base: "http://192.168.1.5:24203" });
  expect(far.text).toMatch(/^http:\/\/192\.168\.1\.5:24203\/#login=/);
  for (const base of [
    "nonsense",
    "javascript:alert(1)",
    "http://a/b",
    "http://a/?x=1",
    "http://evil.example",
    "http://192.168.1.5:1",
  ])
    await expect(run({ base })).rejects.toMatchObject({ code: "invalid-request" });
  expect((await run({ list: true })).text).toContain("No browser");
  const { id } = await loggedIn();
  expect((await run({ list: true })).text).toContain(id);
  expect((await run({ revoke: id })).json).toEqual({ revoked: id });
  await expect(run({ revoke: id })).rejects.toMatchObject({ code: "not-found" });
});

test("a token that is quoted back is blotted out", async () => {
  stage = await startWeb();
  const { token } = await loggedIn();
  const answer = await stage.request("GET", `/conversations?${token}=1`);
  expect(answer.status).toBe(400);
  expect(await answer.text()).not.toContain(token);
});
