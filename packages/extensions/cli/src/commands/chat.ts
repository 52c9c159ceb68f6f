/** `dispatch chat [text]`: one turn, or a conversation at the keyboard. */
import { resolve } from "node:path";
import type { ChatBody, Effort } from "@dispatch/wire";
import { runInteractive } from "../chat/interactive.ts";
import { readMessage } from "../chat/message.ts";
import { type RunTurnOptions, runTurn } from "../chat/run-turn.ts";
import { lastConversation, namedConversation, newConversation } from "../chat/target.ts";
import { commandError } from "../command-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { createOutput } from "../output.ts";
import type { Command, CommandCall } from "../ports.ts";
import { reportError } from "../report-error.ts";

const efforts: readonly Effort[] = ["low", "medium", "high", "xhigh", "max"];

interface ChatOptions {
  readonly conversation?: string;
  readonly continue?: boolean;
  readonly new?: boolean;
  readonly model?: string;
  readonly effort?: Effort;
  readonly cwd?: string;
  readonly dir?: readonly string[];
  readonly worktree?: boolean;
  readonly branch?: string;
  readonly workspace?: string;
  readonly system?: string;
  readonly file?: readonly string[];
  readonly showReasoning?: boolean;
  readonly open?: boolean;
  readonly detach?: boolean;
}

export const chat: Command = {
  summary: "send a message and watch the answer; without text, talk",
  arguments: "[text...]",
  options: [
    {
      flags: "-c, --conversation <id>",
      description: "conversation to go on with: its id or a unique prefix; another name begins one under it",
    },
    { flags: "--new", description: "begin one in any case; with -c under exactly this name" },
    { flags: "--continue", description: "go on with the last conversation of this folder" },
    { flags: "-m, --model <id>", description: "<credential>/<model>; `dispatch models` lists them" },
    { flags: "--effort <level>", description: "reasoning effort", choices: efforts },
    {
      flags: "--cwd <path>",
      description: "working directory of the tools (default for a new conversation: this folder)",
    },
    { flags: "--dir <path>", description: "a further folder that tools may use", repeatable: true },
    { flags: "--worktree", description: "work in a git worktree of its own, not in the folder itself" },
    { flags: "--branch <name>", description: "the worktree's branch (default: one of its own)" },
    { flags: "--workspace <name>", description: "workspace of a new conversation; it may set the folder" },
    { flags: "--system <text>", description: "system prompt" },
    { flags: "--file <path>", description: "attach a text file or a picture", repeatable: true },
    { flags: "--show-reasoning", description: "print the model's reasoning too" },
    { flags: "--open", description: "ask every client to show the conversation" },
    { flags: "--detach", description: "start the turn, print its ids and leave" },
  ],
  examples: [
    'dispatch chat "what does this project do?"',
    "git diff | dispatch chat review this",
    "dispatch chat --continue",
  ],
  async run(call) {
    const { terminal, globals } = call;
    const options = call.options as ChatOptions;
    const output = createOutput(call);
    if (options.conversation !== undefined && options.continue) {
      throw usage("--conversation and --continue cannot be given together.");
    }
    if (options.new && options.continue) throw usage("--new and --continue cannot be given together.");
    const given = await readMessage(call.args, options.file ?? [], terminal, output.note);
    if (given === undefined && (options.detach || globals.json)) {
      throw usage("A message is needed.", "Give it as arguments, or pipe it in.");
    }
    const client = await call.connect();
    const settings = await turnSettings(call, options, client);
    if (given === undefined) return talk(call, client, settings, options);
    const { text: message, pictures } = given;
    if (pictures.length > 0)
      settings.attachments = await Promise.all(
        pictures.map(({ bytes, name, mimeType }) => client.attach(bytes, { name, mimeType })),
      );
    if (options.detach) {
      const accepted = await client.send({ ...settings, message });
      if (options.open) await client.open(accepted.conversationId);
      if (globals.json) output.json(accepted);
      else if (terminal.stdout.isTTY)
        output.line(`conversation ${accepted.conversationId}, turn ${accepted.turnId}`);
      else output.line(`${accepted.conversationId} ${accepted.turnId}`);
      return exitCodes.ok;
    }
    return (await runTurn(call, client, { ...settings, message }, turnOptions(call, options, client)))
      .exitCode;
  },
};

function turnOptions(call: CommandCall, options: ChatOptions, client: Client): RunTurnOptions {
  const { showReasoning = false, open = false } = options;
  const onStarted = (conversationId: string): void => {
    client.open(conversationId).catch((error: unknown) => reportError(error, call.terminal, call.globals));
  };
  return { showReasoning, ...(open && { onStarted }) };
}

const usage = (message: string, fix?: string) => commandError(message, { exitCode: exitCodes.usage, fix });

type Client = Awaited<ReturnType<CommandCall["connect"]>>;
type TurnSettings = Omit<ChatBody, "message">;

async function turnSettings(call: CommandCall, options: ChatOptions, client: Client): Promise<TurnSettings> {
  const { cwd: here } = call.terminal;
  const settings: TurnSettings = {};
  let isNew = true;
  if (options.continue) {
    settings.conversationId = await lastConversation(client, here);
    isNew = false;
  } else if (options.conversation !== undefined) {
    const find = options.new ? newConversation : namedConversation;
    const named = await find(client, options.conversation);
    settings.conversationId = named.id;
    isNew = named.isNew;
  }
  if (options.model !== undefined) settings.model = options.model;
  if (options.effort !== undefined) settings.effort = options.effort;
  if (options.system !== undefined) settings.system = options.system;
  if (options.cwd !== undefined) settings.cwd = resolve(here, options.cwd);
  else if (isNew && options.workspace === undefined) settings.cwd = here; // a conversation stays where it was begun
  if (options.workspace !== undefined) settings.workspace = options.workspace;
  if (options.dir !== undefined) settings.dirs = options.dir.map((dir) => resolve(here, dir));
  if (options.worktree || options.branch !== undefined) settings.worktree = options.branch ?? true;
  return settings;
}

async function talk(
  call: CommandCall,
  client: Client,
  first: TurnSettings,
  options: ChatOptions,
): Promise<number> {
  const { terminal, globals } = call;
  const { colors, note } = createOutput(call);
  const { onStarted, ...turn } = turnOptions(call, options, client);
  let settings = first;
  return runInteractive({
    terminal,
    prompt: colors.bold("> "),
    note,
    async send(message, typeAhead) {
      try {
        const isFirst = settings === first;
        const { conversationId, exitCode } = await runTurn(
          call,
          client,
          { ...settings, message },
          isFirst ? { ...turn, onStarted, typeAhead } : { ...turn, typeAhead },
        );
        if (conversationId !== undefined) settings = { ...settings, conversationId };
        return { stopped: exitCode === exitCodes.aborted };
      } catch (error) {
        reportError(error, terminal, globals);
        return { stopped: false };
      }
    },
  });
}
