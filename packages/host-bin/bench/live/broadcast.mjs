// The raw limit of the fan-out: one provider stream, parsed, merged once per turn of the event loop into a frame like ours, and
// sent with `ws` to everybody there is. No log, no cursor, no bound on what waits. argv: URL of the provider. Prints its own.
import { createServer } from "node:http";
import { createParser } from "eventsource-parser";
import { WebSocketServer } from "ws";

const provider = process.argv[2];
const server = createServer(async (req, res) => {
  const parts = [];
  for await (const part of req) parts.push(part);
  const { message } = JSON.parse(Buffer.concat(parts).toString());
  res.end("{}");
  const answer = await fetch(`${provider}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "bench", stream: true, messages: [{ role: "user", content: message }] }),
  });
  let at = 0;
  let text = "";
  const fixed = {
    type: "text-delta",
    conversationId: "fan-000",
    turnId: "0193fd3c-7a61-7bfa-a8a3-2d3f9b6c0d11",
    stepId: "0193fd3c-7a61-7bfa-a8a3-2d3f9b6c0d11#0",
    block: "b1.0.1.0",
  };
  const flush = () => {
    if (text === "") return;
    send([{ ...fixed, at, text }]);
    at += text.length;
    text = "";
  };
  const parser = createParser({
    onEvent({ data }) {
      if (data === "[DONE]") return;
      const more = JSON.parse(data).choices[0]?.delta.content;
      if (!more) return;
      if (text === "") setImmediate(flush);
      text += more;
    },
  });
  const decoder = new TextDecoder();
  for await (const bytes of answer.body) parser.feed(decoder.decode(bytes, { stream: true }));
  flush();
  send([{ type: "turn-sealed" }]);
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
const cursor = "c".repeat(64);
function send(events) {
  const frame = Buffer.from(
    JSON.stringify({ type: "chat.delta", conversationId: "fan-000", cursor, events }),
  );
  for (const ws of sockets.clients) ws.send(frame, { binary: false });
}
sockets.on("connection", (ws) => {
  ws.send('{"type":"hello"}');
  ws.on("message", () => ws.send('{"type":"chat.subscribed"}'));
});
server.listen(0, "127.0.0.1", () => console.log(`listening http://127.0.0.1:${server.address().port}`));
