import { expect, test } from "vitest";
import { startTransport, token } from "../../test/start-transport.ts";
import { createLimits } from "./limits.ts";

const caller = { credential: "token", scopes: new Set<never>() };

test("wrong tokens from another machine bar its address, the right one included, until the time that is told", () => {
  let time = 0;
  const limits = createLimits({ authFailuresPerMinute: 3, requestsPer10Seconds: 10, now: () => time });
  const [evil, good] = ["192.0.2.1", "192.0.2.2"];
  for (let n = 0; n < 3; n++) {
    expect(limits.barred(evil)).toBeUndefined();
    expect(limits.failed(evil)).toBeUndefined();
  }
  const barred = limits.barred(evil);
  expect(barred).toMatchObject({ code: "too-many-requests", details: { retryAfterMs: 20_000 } });
  expect(limits.barred(good)).toBeUndefined();
  time += barred?.details.retryAfterMs ?? 0;
  expect(limits.barred(evil)).toBeUndefined();
});

test("requests are counted by credential, and without one by address", () => {
  const limits = createLimits({ authFailuresPerMinute: 3, requestsPer10Seconds: 2, now: () => 0 });
  for (const address of ["192.0.2.1", "192.0.2.2"]) expect(limits.request(address, caller)).toBeUndefined();
  expect(limits.request("192.0.2.3", caller)).toMatchObject({ details: { retryAfterMs: 5_000 } });
  expect(limits.request("192.0.2.3", undefined)).toBeUndefined();
});

test("on this machine a program with an old token is told to slow down and locks nobody out", async () => {
  const transport = await startTransport({ settings: { authFailuresPerMinute: 5 } });
  const wrong = () =>
    fetch(`${transport.url}/conversations`, { headers: { authorization: "Bearer 0123456789abcdef-old" } });
  const statuses = [];
  for (let n = 0; n < 7; n++) statuses.push((await wrong()).status);
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
  const refused = await wrong();
  expect(refused.headers.get("retry-after")).toBe("12");
  expect(await refused.json()).toMatchObject({ code: "too-many-requests", retryAfterMs: 12_000 });
  expect((await transport.fetch("/conversations")).status).toBe(200);
  expect((await fetch(`${transport.url}/conversations`)).status).toBe(401); // no token is no wrong one
  await transport.host.clock.advance(12_000);
  expect((await wrong()).status).toBe(401);
  await transport.stop();
});

test("a busy client is held back when it is far too busy, and let on when it waited", async () => {
  const transport = await startTransport({ settings: { requestsPer10Seconds: 20 } });
  const many = async (count: number) =>
    (await Promise.all(Array.from({ length: count }, () => transport.fetch("/models")))).map(
      ({ status }) => status,
    );
  expect((await many(30)).filter((status) => status === 429)).toHaveLength(10);
  expect((await fetch(`${transport.url}/health`)).status).toBe(200);
  await transport.host.clock.advance(10_000);
  expect(new Set(await many(20))).toEqual(new Set([200]));
  await transport.stop();
});

test("a token sent in a wrong place is not told back", async () => {
  const transport = await startTransport();
  const answers = await Promise.all([
    transport.fetch(`/conversations?${token}=1`),
    transport.fetch(`/conversations?limit=${token}`),
    transport.post("/conversations", { [token]: 1, title: token, model: token }),
    transport.post("/conversations", { cwd: `/${token}` }),
    transport.fetch(`/conversations/${token}`),
    transport.fetch(`/conversations/resolve?prefix=${token}`),
    transport.fetch(`/conversations/resolve?label=${token}`),
    transport.fetch(`/${token}`),
  ]);
  for (const answer of answers) {
    expect(answer.status).toBeGreaterThanOrEqual(400);
    const text = await answer.text();
    expect(text).not.toContain(token);
    expect(JSON.parse(text)).toMatchObject({ status: answer.status });
  }
  await transport.stop();
});
