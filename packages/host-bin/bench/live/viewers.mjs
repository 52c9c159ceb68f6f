// Viewers of one conversation, in a process of their own: they read, and say when the turn ended for all of them, how much
// came and how late. argv: URL of the socket, token, conversation, how many, cursor. Bare sockets: what they cost is not measured.
import { createHash, randomBytes } from "node:crypto";
import { connect } from "node:net";

const [url, token, conversationId, count, after] = process.argv.slice(2);
const { hostname, port, pathname } = new URL(url);
const now = () => Number(process.hrtime.bigint() / 1000n);
const end = '"turn-sealed"';
const lags = [];
let bytes = 0;
let frames = 0;

function masked(text) {
  const payload = Buffer.from(text);
  const head = payload.length < 126 ? Buffer.from([0x81, 0x80 | payload.length]) : Buffer.alloc(4);
  if (payload.length >= 126) {
    head.writeUInt16BE(0x81fe, 0);
    head.writeUInt16BE(payload.length, 2);
  }
  return Buffer.concat([head, Buffer.alloc(4), payload]); // a mask of zeros
}

const ping = "\x89\x00";
const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);

const accepted = (key) =>
  createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");

/** Resolves when it is subscribed; `over` when the turn's end came. */
function view() {
  let over;
  const ended = new Promise((resolve) => {
    over = resolve;
  });
  const ready = new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    const key = randomBytes(16).toString("base64");
    let held = "";
    let reading = false;
    socket.on("error", reject).on("close", () => reject(new Error(`closed: ${held.slice(0, 500)}`)));
    socket.write(
      `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    );
    socket.on("data", (chunk) => {
      const text = chunk.latin1Slice();
      if (text.includes(ping)) socket.write(pong);
      if (reading) return take(text);
      held += text;
      if (held.includes('"hello"') && held.includes(accepted(key)) && !held.includes("chat.subscribed")) {
        socket.write(masked(JSON.stringify({ type: "chat.subscribe", id: "s", conversationId, after })));
        held = "";
      } else if (held.includes('"chat.subscribed"')) {
        reading = true;
        held = "";
        if (process.env.PAUSED) socket.pause(); // reads nothing more, and never ends
        resolve();
      }
    });
    function take(text) {
      const at = now();
      bytes += text.length;
      frames++;
      const all = held + text;
      const stamps = /@(\d+) /g;
      let read = 0;
      for (let found = stamps.exec(all); found; found = stamps.exec(all)) {
        lags.push(at - Number(found[1]));
        read = stamps.lastIndex;
      }
      if (all.includes(end)) over();
      held = all.slice(Math.max(read, all.length - 32));
    }
  });
  return { ready, ended };
}

const viewers = [];
for (let left = Number(count); left > 0; left--) {
  const viewer = view();
  await viewer.ready;
  viewers.push(viewer);
}
console.log("listening http://ready");
await Promise.all(viewers.map(({ ended }) => ended));
const endedAt = now();
lags.sort((a, b) => a - b);
const at = (share) => (lags[Math.min(lags.length - 1, Math.floor(lags.length * share))] ?? 0) / 1000;
process.stdout.write(
  `${JSON.stringify({ endedAt, bytes, reads: frames, p50: at(0.5), p99: at(0.99), most: at(1) })}\n`,
  () => process.exit(),
);
