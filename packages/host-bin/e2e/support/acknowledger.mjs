// A process of its own that sends messages to a server and writes each acknowledgement to a file before anything else:
// what it wrote there was acknowledged, whatever happens to the server. argv: url token cwd file seed
import { appendFileSync } from "node:fs";

const [url, token, cwd, file, seedText] = process.argv.slice(2);
let state = Number(seedText) >>> 0;
const roll = (below) => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};

/** What the scripted provider will do in this turn: steps with tools, then a last word. */
function scriptOf(id) {
  const text = (label) => ({
    text: `${label} ${"word ".repeat(10 + roll(40))}`,
    chunks: 10 + roll(20),
    everyMs: roll(4),
  });
  const read = { name: "read_file", args: { path: "a.txt" } };
  const run = { name: "run_command", args: { argv: ["sh", "-c", `sleep 0.0${roll(9)}; echo ${id}`] } };
  const replies = [];
  for (let step = 0; step < 1 + roll(3); step++) {
    replies.push({
      steps: [
        text(`step ${step}`),
        { toolCalls: roll(2) ? [read, run] : [run, { ...read, args: { path: "missing.txt" } }] },
      ],
    });
  }
  return { strict: { replies: [...replies, { steps: [text("the end")] }] } };
}

async function converse(conversation) {
  for (let turn = 0; ; turn++) {
    const clientMessageId = `${conversation}-${turn}-${process.pid}`;
    const message = JSON.stringify(scriptOf(clientMessageId));
    try {
      const response = await fetch(`${url}/chat`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          prefer: "respond-async",
        },
        body: JSON.stringify({ message, conversationId: conversation, clientMessageId, cwd }),
      });
      const answer = await response.json();
      if (response.status !== 202) throw new Error(`${response.status} ${JSON.stringify(answer)}`);
      appendFileSync(file, `${JSON.stringify({ ...answer, clientMessageId, message })}\n`);
      const last = await fetch(`${url}/conversations/${conversation}/last`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const ended = await last.json();
      if (ended.reason === undefined) throw new Error(JSON.stringify(ended));
      appendFileSync(
        file,
        `${JSON.stringify({ conversationId: conversation, turnId: ended.turnId, ended: ended.reason, text: ended.text })}\n`,
      );
    } catch (error) {
      if (process.env.VERBOSE) console.error(String(error));
      return;
    }
  }
}

await Promise.all(["crash-a", "crash-b", "crash-c"].map(converse));
