/** A conversation in which much happens, as a play: what its provider says, its extensions, and what people do meanwhile. */
import { defineExtension, defineManifest, type Extension, tools } from "@dispatch/kernel";
import { type ScriptedReply, type ScriptStep, textReply } from "@dispatch/kernel/testing";
import {
  type Activity,
  type Approvals,
  beforeTool,
  inbox,
  type Queues,
  type Sessions,
  approvals as service,
} from "../ports.ts";

const usage = { inputTokens: 10, outputTokens: 5 };
const wait = { wait: 2 } as const;
const slowly = (...pieces: readonly string[]): ScriptStep[] =>
  pieces.flatMap((text): ScriptStep[] => [wait, { type: "text", text }]);
const callWork = (said: string): ScriptedReply => [
  wait,
  { type: "reasoning", text: `I shall ${said}.` },
  ...slowly("First ", "I work."),
  { type: "tool-call", name: "work", input: `{"said":"${said}"}` },
  wait,
  { type: "tool-call", name: "work", input: `{"said":"more of ${said}"}` },
  { type: "finish", reason: "tool-calls", usage },
];
const refusal = (code: string, retryable: boolean): ScriptedReply => [
  ...(retryable ? [wait] : slowly("Half an ")),
  { type: "error", error: { code, message: `The provider said ${code}.`, retryable } },
];

export const replies: readonly ScriptedReply[] = [
  callWork("dig"),
  refusal("overloaded", true),
  [...slowly("All ", "done."), { type: "finish", reason: "stop", usage }],
  // Carried from the queue, and failing: what still waits is held.
  refusal("quota-exceeded", false),
  // Resumed, stalled and stopped.
  [...slowly("Slow"), { silence: true }],
  // The summary.
  textReply("It dug."),
  callWork("bake"),
  [...slowly("Baked."), { type: "finish", reason: "stop", usage }],
];

const manifest = defineManifest({
  id: "eventful",
  version: "1.0.0",
  apiVersion: "^1.0.0",
  dependsOn: { "session-orchestrator": "*" },
  contributes: { points: { tools: ["work"] }, services: ["session-orchestrator/inbox"] },
  listens: { filters: [beforeTool.id] },
});

/** A tool that says something on the way, a gate that asks about it, and the plainest queue. */
export const eventful: readonly Extension[] = [
  defineExtension(manifest, (host) => {
    host.contribute(tools, "work", {
      description: "Works.",
      parameters: { type: "object" },
      target: (input: { said?: string }) => input.said ?? "",
      async execute({ said }: { said?: string }, { output, signal }) {
        for (const piece of ["one ", "two"]) {
          await host.timers.sleep(3, signal);
          output(piece);
        }
        await host.timers.sleep(3, signal);
        return { output: `Worked: ${said}`, isError: said === "more of bake" };
      },
    });
    host.filter(beforeTool, async (draft, { signal }) => {
      const { conversationId, turnId, stepId, callId, name, input, cwd, kind } = draft;
      const request = { name, input, cwd, kind };
      const question = { conversationId, turnId, stepId, callId, request };
      const { decision } = await host.get(service).ask(question, signal);
      return decision === "allow" ? { ...draft, approved: true } : { ...draft, denied: "No." };
    });
    host.provide(inbox, {
      refusal: () => undefined,
      steering: (queue) => queue.filter(({ deliver }) => deliver === "steer"),
      next: (queue) => queue.slice(0, 1),
      interruptMs: 1_000,
    });
  }),
];

export interface Play {
  readonly sessions: Sessions;
  readonly queues: Queues;
  readonly approvals: Approvals;
  readonly activity: Activity;
  /** Lets time pass until it holds. */
  until(holds: () => boolean | Promise<boolean>): Promise<void>;
  /** Does it, and lets time pass until it is done. */
  during<T>(what: Promise<T>): Promise<T>;
}

const call = { credential: "t" };

/** Everything that people do in the conversation `c`, which is there and empty. */
export async function play({ sessions, queues, approvals, activity, until, during }: Play): Promise<void> {
  const answer = async (decision: "allow" | "deny") => {
    await until(async () => (await approvals.waiting()).length > 0);
    const [asked] = await approvals.waiting();
    await during(approvals.resolve(asked?.approvalId ?? "", { decision, by: "t" }));
  };
  const patch = (body: Parameters<Sessions["patch"]>[1]) => during(sessions.patch("c", body, call));
  const status = () => sessions.status("c");
  const queue = (message: string, deliver: "steer" | "followup") =>
    during(queues.offer("c", { message, deliver }, call));

  await during(sessions.send({ conversationId: "c", message: "Dig a hole" }, call));
  await answer("allow");
  await queue("Deeper", "steer");
  await answer("deny");
  await until(async () => (await status()).waiting === "retry");
  // None of it ends the sleep before the retry.
  await patch({ title: "Holes", labels: ["garden"], model: "test/scripted" });
  await patch({ title: null, labels: null, pinned: true, model: null, workspace: "w" });
  await queue("Then fill it", "followup");
  await queue("And sow", "followup");
  await until(async () => (await queues.list("c")).held);
  await during(queues.resume("c", call));
  await until(async () => (await sessions.messages("c", {})).items.at(-1)?.role === "user");
  await until(async () => (await status()).turnId !== undefined);
  for (let moments = 0; moments < 5; moments++) await until(once());
  const [running] = activity.running();
  if (!running) throw new Error("nothing runs");
  await during(activity.stalled(running, 900));
  await during(activity.resumed(running));
  await during(activity.stalled(running, 1_900));
  await during(sessions.stop("c"));
  await during(sessions.compact("c", { keepTokens: 1 }));
  await during(sessions.undoCompact("c"));
  await during(sessions.send({ conversationId: "c", message: "Bake bread" }, call));
  await answer("allow");
  await answer("allow");
  await until(async () => (await status()).turnId === undefined);
  await during(sessions.reset("c"));
  await during(sessions.close("c"));
}

/** Holds at the second look. */
function once(): () => boolean {
  let looked = false;
  return () => {
    const before = looked;
    looked = true;
    return before;
  };
}
