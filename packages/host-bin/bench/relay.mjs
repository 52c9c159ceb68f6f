// The raw limit a server is compared with: takes a prompt, asks the provider, parses each chunk, forwards the text.
// argv: URL of the provider. Prints its own.
import { createServer } from "node:http";
import { createParser } from "eventsource-parser";

const provider = process.argv[2];
const server = createServer(async (req, res) => {
  const parts = [];
  for await (const part of req) parts.push(part);
  const { message } = JSON.parse(Buffer.concat(parts).toString());
  const answer = await fetch(`${provider}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "bench", stream: true, messages: [{ role: "user", content: message }] }),
  });
  res.writeHead(200, { "content-type": "application/x-ndjson" });
  const parser = createParser({
    onEvent({ data }) {
      if (data === "[DONE]") return;
      const text = JSON.parse(data).choices[0]?.delta.content;
      if (text) res.write(`${JSON.stringify({ text })}\n`);
    },
  });
  const decoder = new TextDecoder();
  for await (const bytes of answer.body) parser.feed(decoder.decode(bytes, { stream: true }));
  res.end();
});
server.listen(0, "127.0.0.1", () => console.log(`listening http://127.0.0.1:${server.address().port}`));
