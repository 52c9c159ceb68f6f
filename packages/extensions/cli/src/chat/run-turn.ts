/** One turn on the screen: streams it, stops it at Ctrl-C, leaves it at the second. */
import type { ChatStream, Client, FollowOptions } from "@dispatch/client";
import type { ChatBody } from "@dispatch/wire";
import { exitCodes } from "../exit-codes.ts";
import { startLiveTurn } from "../live/live-turn.ts";
import { createOutput } from "../output.ts";
import type { CommandCall } from "../ports.ts";
import { reportError } from "../report-error.ts";
import { endLine, lostLine } from "../transcript/lines.ts";
import { createTranscript } from "../transcript/transcript.ts";
import { createWriter, silentWriter } from "../transcript/writer.ts";
import { createApprovalPrompts } from "./approvals.ts";
import { exitCodeOf, failureOf } from "./settle.ts";
import type { TypeAhead } from "./type-ahead.ts";

export interface TurnResult {
  readonly exitCode: number;
  /** Undefined when it was left before the server had answered. */
  readonly conversationId?: string | undefined;
}

export interface RunTurnOptions {
  readonly showReasoning: boolean;
  /** The server has it. */
  readonly onStarted?: ((conversationId: string) => void) | undefined;
  /** Reads the keyboard while the turn asks nothing. */
  readonly typeAhead?: TypeAhead | undefined;
}

/** Attempts in a row to get a cut stream back, before it is given up: about two minutes. */
const maxAttempts = 8;

export async function runTurn(
  call: Pick<CommandCall, "terminal" | "globals" | "live">,
  client: Client,
  body: ChatBody,
  options: RunTurnOptions,
): Promise<TurnResult> {
  const { terminal, globals } = call;
  const output = createOutput(call);
  const writer = globals.json ? silentWriter : createWriter(terminal, globals);
  const leaving = new AbortController();
  let turn: { conversationId: string; turnId: string } | undefined;
  let presses = 0;

  function stop(): void {
    if (!turn) return;
    client.stop(turn.conversationId, turn.turnId).catch((error: unknown) => {
      reportError(error, terminal, globals);
    });
  }
  const undo = terminal.onInterrupt(() => {
    presses += 1;
    if (presses > 1) leaving.abort();
    else {
      writer.note("stopping; Ctrl-C again leaves");
      stop();
    }
  });

  async function start(options: FollowOptions): Promise<ChatStream> {
    const live = await call.live();
    options.signal?.throwIfAborted();
    return live ? startLiveTurn(live, body, options) : client.chat(body, options);
  }

  const approvals = createApprovalPrompts({
    note: writer.note,
    keyboard: {
      terminal,
      client,
      interrupted: stop,
      failed: (error) => reportError(error, terminal, globals),
      typeAhead: options.typeAhead,
    },
  });

  try {
    const stream = await start({
      signal: leaving.signal,
      maxAttempts,
      onRetry: ({ delayMs }) => writer.note(lostLine(terminal.now(), delayMs)),
    });
    turn = stream;
    options.onStarted?.(stream.conversationId);
    if (presses > 0) stop();
    const transcript = createTranscript(writer, {
      turnId: stream.turnId,
      showUser: false,
      showReasoning: options.showReasoning,
    });
    for await (const item of stream) {
      if (globals.json) output.json(item);
      transcript.apply(item);
      if (!globals.json) approvals.apply(item);
    }
    const end = transcript.end ?? { reason: "interrupted" as const };
    const failure = failureOf(end);
    if (failure) reportError(failure, terminal, globals);
    writer.note(endLine(stream.conversationId, end));
    return { exitCode: exitCodeOf(end), conversationId: stream.conversationId };
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
    writer.endLine();
    return { exitCode: exitCodes.aborted, conversationId: turn?.conversationId };
  } finally {
    approvals.stop();
    undo();
  }
}
