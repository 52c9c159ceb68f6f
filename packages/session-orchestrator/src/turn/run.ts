/**
 * The turn shell: ties the kernel's `runTurn` to one conversation. The turn belongs to the server: nobody awaits it but
 * those who want its end, and it is always sealed.
 */
import type { ResumedStep, StepPlan, TurnOutcome } from "@dispatch/kernel";
import { runTurn } from "@dispatch/kernel/turn";
import { addUsage, noUsage, stepIdOf, type Usage } from "@dispatch/wire";
import { type Frozen, freeze, plan } from "../context/plan.ts";
import type { Conversation, Running, TurnStop } from "../conversation/conversation.ts";
import type { Conversations } from "../conversation/conversations.ts";
import type { Core } from "../core.ts";
import { planTurn, stepCommitted, turnSettled, turnStarted } from "../ports/hooks.ts";
import type { ResolvedModel } from "../ports/models.ts";
import { answerOpenCalls } from "../recovery/answer-open-calls.ts";
import type { TurnSettings } from "../settings.ts";
import { createRetryPolicy } from "./retry.ts";
import { settleTurn } from "./settle.ts";
import { commit, createSink } from "./sink.ts";
import { spendLimit } from "./spend.ts";
import { toolHooks } from "./tool-hooks.ts";
import { type TurnSlot, takeTurnSlot } from "./turn-slot.ts";

export interface Admitted {
  readonly turnId: string;
  /** Ordinal of the turn, for block and call ids. */
  readonly turn: number;
  readonly attempt: number;
  readonly model: ResolvedModel;
  readonly settings: TurnSettings;
  /** Of a resumed turn: where it goes on, and what its earlier attempts took. */
  readonly firstStep?: number | undefined;
  readonly resume?: ResumedStep | undefined;
  readonly carried?:
    | {
        readonly usage: Usage;
        readonly startedAt: number;
        readonly sleptMs: number;
        /** Of its time limit. */
        readonly workedMs: number;
      }
    | undefined;
  /** Unix ms: the retry that it was waiting for. */
  readonly notBefore?: number | undefined;
}

/** Starts the admitted turn. Returns at once; the turn goes on whatever its caller does. */
export function startTurnShell(
  core: Core,
  conversations: Pick<Conversations, "pin" | "fail">,
  conversation: Conversation,
  admitted: Admitted,
): Running {
  const controller = new AbortController();
  const { turnId } = admitted;
  const unpin = conversations.pin(conversation);
  const control: Control = {
    signal: controller.signal,
    how: undefined,
    detail: undefined,
    start: (next) => startTurnShell(core, conversations, conversation, next),
  };
  const settled = drive(core, conversation, admitted, control)
    .catch((error: unknown) => {
      // Deleted under it: there is nothing to seal.
      if (conversation.live.ended === "deleted") return;
      // The store refuses: what is in memory can no longer be trusted. The next use loads and repairs it.
      core.logger.error("a turn could not be sealed", {
        conversationId: conversation.id,
        turnId,
        error: String(error),
      });
      conversations.fail(conversation);
    })
    .finally(() => {
      if (conversation.running === running) conversation.running = undefined;
      unpin();
    });
  const running: Running = {
    turnId,
    model: admitted.model.id,
    settings: admitted.settings,
    settled,
    successor: undefined,
    get aborted() {
      return control.how !== undefined;
    },
    abort(how = "aborted", detail) {
      if (control.how === undefined) Object.assign(control, { how, detail });
      controller.abort(new Error(how));
    },
  };
  conversation.running = running;
  return running;
}

/** How the turn is made to end, once somebody wants that. */
interface Control {
  readonly signal: AbortSignal;
  how: TurnStop | undefined;
  detail: string | undefined;
  /** Starts the turn that follows. */
  start(next: Admitted): Running;
}

async function drive(
  core: Core,
  conversation: Conversation,
  admitted: Admitted,
  control: Control,
): Promise<void> {
  const { turnId, model, settings, attempt, carried } = admitted;
  const { id: conversationId } = conversation;
  const begun = core.now();
  core.emit(turnStarted, { conversationId, turnId, model: model.id, cwd: settings.cwd, attempt });
  const outcome = await runFrozen(core, conversation, admitted, control).catch(
    async (error: unknown): Promise<Ended> => {
      if (admitted.resume && control.how !== "suspended") await answerOpenCalls(core, conversation, turnId);
      if (control.signal.aborted)
        return { reason: "aborted", usage: noUsage, durationMs: core.now() - begun };
      core.logger.error("a turn failed outside of its provider", {
        conversationId,
        turnId,
        error: String(error),
      });
      const message = "The turn could not be run; the server's log has the details.";
      await commit(conversation, turnId, [{ type: "error", code: "internal", message, retryable: false }]);
      return { reason: "error", usage: noUsage, durationMs: core.now() - begun };
    },
  );
  if (control.how === "suspended") return;
  const detail = control.detail ?? (outcome.reason === "timeout" ? timedOut(settings) : outcome.detail);
  const usage = carried ? addUsage(carried.usage, outcome.usage) : outcome.usage;
  const durationMs = carried ? core.now() - carried.startedAt : outcome.durationMs;
  const { how } = control;
  const reason =
    outcome.reason === "aborted" && (how === "interrupted" || how === "stalled") ? how : outcome.reason;
  await settleTurn(core, conversation, {
    ending: { turnId, reason, detail, usage, contextWindow: model.contextWindow, durationMs },
    running: () => conversation.running,
    aborted: () => control.how,
    onSealed: () => core.emit(turnSettled, { conversationId, turnId, reason, usage }),
    start: control.start,
  });
}

/** Of the whole turn: the kernel knows what was left of it for this attempt. */
const timedOut = ({ timeoutMs }: TurnSettings): string =>
  `The turn's time limit of ${timeoutMs} ms was reached.`;

type Ended = Pick<TurnOutcome, "reason" | "detail" | "usage" | "durationMs">;

async function runFrozen(
  core: Core,
  conversation: Conversation,
  admitted: Admitted,
  control: Control,
): Promise<Ended> {
  const { model } = admitted;
  const { signal } = control;
  const slot = await takeTurnSlot(core, conversation, model.id, signal);
  const waitMs = (admitted.notBefore ?? 0) - core.now();
  try {
    if (waitMs > 0) await core.sleep(waitMs, signal);
    return await runSteps(core, conversation, admitted, control, slot);
  } finally {
    slot.end();
  }
}

/** What earlier attempts left of the turn's time, ms; undefined without a limit. */
const leftOf = ({ settings: { timeoutMs }, carried }: Admitted): number | undefined =>
  timeoutMs === undefined ? undefined : Math.max(1, timeoutMs - (carried?.workedMs ?? 0));

async function runSteps(
  core: Core,
  conversation: Conversation,
  admitted: Admitted,
  control: Control,
  slot: TurnSlot,
): Promise<Ended> {
  const { turnId, model, settings, attempt, turn } = admitted;
  const { id: conversationId } = conversation;
  const { limits } = core;
  const { signal } = control;
  const frozen: Frozen = await freeze({
    conversationId,
    purpose: "turn",
    cwd: settings.cwd,
    model,
    effort: settings.effort,
    system: settings.system,
    attachment: core.attachments()?.read,
    tools: core.tools(),
    compile: core.compile,
    unusable: core.unusableTool,
    filter: (draft) => core.apply(planTurn, draft, signal),
  });
  const kinds = new Map(frozen.tools.map(({ name, tool }) => [name, tool.kind]));
  const kindOf = (name: string) => kinds.get(name) ?? "execute";
  const context = await conversation.context();
  const spent = spendLimit(core, admitted);
  const sink = createSink(core, conversation, turnId, () => control.how === "suspended");
  try {
    return await runTurn({
      provider: model.provider,
      ids: {
        conversationId,
        turnId,
        stepId: (step) => stepIdOf(turnId, step),
        blockId: (step, index) => `b${turn}.${step}.${attempt}.${index}`,
        callId: (step, index) => `c${turn}_${step}_${attempt}_${index}`,
      },
      cwd: settings.cwd,
      ...(settings.dirs === undefined ? {} : { dirs: settings.dirs }),
      env: settings.env ?? {},
      log: core.logger,
      signal,
      clock: { now: core.now, sleep: core.sleep },
      limits: { ...limits.turn, maxSteps: settings.maxSteps, timeoutMs: leftOf(admitted) },
      dispatch: { maxConcurrent: limits.maxConcurrentTools, eager: limits.eagerTools },
      sink: {
        ...sink,
        async commit(records) {
          await sink.commit(records);
          slot.look();
        },
      },
      firstStep: admitted.firstStep,
      resume: admitted.resume,
      async plan(): Promise<StepPlan> {
        await slot.ready();
        return plan(frozen, context.messages());
      },
      // Only looked at: they leave the queue when the record that delivers them is appended.
      drainSteering: () => core.inbox()?.steering(conversation.state.queue) ?? [],
      retry: createRetryPolicy({
        delaysMs: limits.retryDelaysMs,
        budgetMs: limits.retryBudgetMs - (admitted.carried?.sleptMs ?? 0),
        random: core.random,
      }),
      ...toolHooks(core, conversation, admitted, kindOf),
      stepDone: ({ stepId, usage }) => {
        core.emit(stepCommitted, { conversationId, turnId, stepId, usage });
        return spent(usage);
      },
    });
  } finally {
    sink.stop();
  }
}
