import { createHash } from "node:crypto";
import { connect } from "node:net";
import { defineExtension, defineManifest } from "@dispatch/kernel";
import type { Problem } from "@dispatch/wire";
import { expect, test } from "vitest";
import { startTransport, token } from "../../test/start-transport.ts";
import { type Caller, type Credential, type Credentials, credentials, listener } from "../ports.ts";
import { createCredentials } from "./credentials.ts";

const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");
const further = "dsp_0123456789abcdefghij";
const credential: Credential = { id: "web-1", tokenHash: hashOf(further), scopes: ["read"] };

/** An extension that hands out what it gets, as a test needs it. */
async function stage() {
  let found: Credentials | undefined;
  const callers: Caller[] = [];
  const manifest = defineManifest({
    id: "brings-credentials",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    dependsOn: { "transport-http/credentials": "^1.0.0", "transport-http/listener": "^1.0.0" },
  });
  const extension = defineExtension(manifest, (host) => {
    found = host.get(credentials);
    const undo = host.get(listener).upgrade("/socket", (_request, socket, _head, caller) => {
      callers.push(caller);
      socket.end("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    });
    host.onDispose("upgrade", undo);
  });
  const transport = await startTransport({ extensions: [extension] });
  if (!found) throw new Error("the service was not there");
  return { transport, add: found.add, callers };
}

const get = (url: string, given: string, init: RequestInit = {}) =>
  fetch(url, { ...init, headers: { authorization: `Bearer ${given}` } });

test("a further token is let in with its scopes until it is revoked; the own one stays", async () => {
  const { transport, add } = await stage();
  let uses = 0;
  const url = `${transport.url}/conversations`;
  expect((await get(url, further)).status).toBe(401);
  const { revoke } = add({ ...credential, onUse: () => uses++ });
  expect((await get(url, further)).status).toBe(200);
  expect((await get(url, further, { method: "POST" })).status).toBe(403);
  expect((await get(url, token)).status).toBe(200);
  expect(uses).toBe(2);
  revoke();
  revoke();
  expect((await get(url, further)).status).toBe(401);
  expect((await get(url, token)).status).toBe(200);
  await transport.stop();
});

test("revoking aborts the caller's signal and cuts its streams", async () => {
  const { transport, add, callers } = await stage();
  const { revoke } = add(credential);
  await transport.post("/conversations", { id: "c" });
  const stream = await get(`${transport.url}/conversations/c/events`, further);
  const reader = stream.body?.getReader();
  expect((await reader?.read())?.done).toBe(false);
  const socket = connect(transport.port, "127.0.0.1");
  socket.write(
    `GET /socket HTTP/1.1\r\nHost: 127.0.0.1:${transport.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: dispatch.v1, dispatch.token.${further}\r\n\r\n`,
  );
  await new Promise((resolve) => socket.once("data", resolve));
  socket.destroy();
  expect(callers.map(({ credential, revoked }) => [credential, revoked?.aborted])).toEqual([
    ["web-1", false],
  ]);
  revoke();
  expect(callers[0]?.revoked?.aborted).toBe(true);
  const rest = await readToEnd(reader);
  expect(rest).toBe("ended");
  await transport.stop();
});

test("one that is only taken back for now is answered with 503, and counts again once it is added again", async () => {
  const { transport, add, callers } = await stage();
  const url = `${transport.url}/conversations`;
  const { suspend, revoke } = add(credential);
  const socket = connect(transport.port, "127.0.0.1");
  socket.write(
    `GET /socket HTTP/1.1\r\nHost: 127.0.0.1:${transport.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: dispatch.v1, dispatch.token.${further}\r\n\r\n`,
  );
  await new Promise((resolve) => socket.once("data", resolve));
  socket.destroy();
  suspend();
  revoke();
  expect(callers[0]?.revoked?.reason).toMatchObject({ code: "shutting-down" });
  for (let n = 0; n < 30; n += 1) {
    const answer = await get(url, further);
    expect([answer.status, ((await answer.json()) as Problem).code]).toEqual([503, "shutting-down"]);
  }
  const again = add(credential);
  suspend();
  expect((await get(url, further)).status).toBe(200);
  again.revoke();
  expect((await get(url, further)).status).toBe(401);
  await transport.stop();
});

async function readToEnd(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<string> {
  try {
    while (!(await reader?.read())?.done);
  } catch {
    // cut rather than ended: as good
  }
  return "ended";
}

test("ids and hashes are well-formed and held once", () => {
  const table = createCredentials(token);
  table.add(credential);
  const other = { ...credential, id: "web-2", tokenHash: hashOf("x") };
  const bad: Credential[] = [
    { ...other, id: "web-1" },
    { ...other, id: "token" },
    { ...other, id: "Web 1" },
    { ...other, tokenHash: credential.tokenHash },
    { ...other, tokenHash: hashOf(token) },
    { ...other, tokenHash: "abc" },
  ];
  for (const each of bad) expect(() => table.add(each)).toThrow();
  table.add(other);
});

test("tokens are blotted out by how they begin", () => {
  const { redact } = createCredentials(token);
  expect(redact(`a ${token} b ${further}. dsp_ c`)).toBe("a [redacted] b [redacted]. dsp_ c");
});
