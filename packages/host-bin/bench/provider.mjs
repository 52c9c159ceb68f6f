// A provider for benches: streams as many deltas as the last user message asks for, as fast as the socket takes them.
// The prompt is `deltas=N`, or `deltas=N everyMs=M` for one delta at a time; the text is N times the same word, or with
// `stamped` the moments they were sent, at an even pace. `words=K` makes each delta K words long; `hold` never ends. Prints its URL.
import { createServer } from "node:http";

const word = "word ";
const frame = (delta, finish = null) =>
  `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "bench", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
/** A moment as all processes of a machine count it, in microseconds. */
const moment = () => process.hrtime.bigint() / 1000n;
const usage = { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 };
const end = `${frame({}, "stop")}data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "bench", choices: [], usage })}\n\ndata: [DONE]\n\n`;

let lastBytes = 0;
const server = createServer(async (req, res) => {
  if (req.url === "/last-bytes") return res.end(String(lastBytes));
  if (req.method !== "POST")
    return res.end(JSON.stringify({ object: "list", data: [{ id: "bench", object: "model" }] }));
  const parts = [];
  for await (const part of req) parts.push(part);
  const body = Buffer.concat(parts);
  lastBytes = body.length;
  // The last user message, found from the end: parsing the whole body would be this process's time, not the server's.
  const asked = /deltas=(\d+)(?: everyMs=(\d+))?( stamped)?(?: words=(\d+))?( hold)?/g;
  const tail = body.subarray(Math.max(0, body.length - 100_000)).toString();
  let deltas = 1;
  let everyMs = 0;
  let stamped = false;
  let words = 1;
  let hold = false;
  for (let found = asked.exec(tail); found; found = asked.exec(tail))
    [deltas, everyMs, stamped, words, hold] = [
      Number(found[1]),
      Number(found[2] ?? 0),
      found[3] !== undefined,
      Number(found[4] ?? 1),
      found[5] !== undefined,
    ];
  const one = frame({ content: word.repeat(words) });
  const many = one.repeat(32);
  res.writeHead(200, { "content-type": "text/event-stream" });
  if (stamped) {
    const began = performance.now();
    for (let n = 0; n < deltas; n++) {
      const late = performance.now() - began - n * everyMs;
      if (late < 0) await new Promise((go) => setTimeout(go, -late));
      res.write(frame({ content: `@${moment()} ` }));
    }
    return res.end(end);
  }
  if (everyMs > 0) {
    for (let left = deltas; left > 0; left--) {
      res.write(one);
      await new Promise((go) => setTimeout(go, everyMs));
    }
    return res.end(end);
  }
  for (let left = deltas; left > 0; left -= 32) {
    if (!res.write(left >= 32 ? many : one.repeat(left))) await new Promise((go) => res.once("drain", go));
  }
  if (!hold) res.end(end);
});
server.listen(0, "127.0.0.1", () => console.log(`listening http://127.0.0.1:${server.address().port}`));
