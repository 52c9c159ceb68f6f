/**
 * Recovery: turns that a crash cut are found at boot and go on from their last complete step, under the same id, a few
 * at a time. A turn that is too old, that was cut too often, or whose server keeps crashing is sealed with the reason.
 */
import type { KeyValue } from "@dispatch/kernel";
import { isDispatchError, type NewRecord } from "@dispatch/wire";
import type { Conversation, Running } from "../conversation/conversation.ts";
import type { Conversations } from "../conversation/conversations.ts";
import type { Core } from "../core.ts";
import { createGate } from "../gate.ts";
import { turnSettled } from "../ports/hooks.ts";
import { type Admitted, startTurnShell } from "../turn/run.ts";
import { settleTurn } from "../turn/settle.ts";
import { waitsFor } from "../turn/waits-for.ts";
import { absentModel } from "./absent-model.ts";
import { crashedTwice, takeSuspension } from "./crashes.ts";
import { sleptMs, triesOf, workedMs } from "./earlier-attempts.ts";
import { pendingRetry } from "./pending-retry.ts";
import { resumedSettings } from "./resumed-settings.ts";
import { resumption } from "./resumption.ts";
import { type CutTurn, readCut, sealCut } from "./seal-cut.ts";
import { waitedFor } from "./waited-for.ts";

export interface RecoveryLimits {
  readonly recovery: "resume" | "mark";
  /** Turns resumed at once: 4. */
  readonly resumesAtOnce: number;
  /** Attempts without a step completed in between: 3. */
  readonly resumeAttempts: number;
  /** Not resumed when cut longer ago: 24 h. */
  readonly resumeAgeMs: number;
  /** Two crashes within this time pause recovery: a minute. 0 = never. */
  readonly crashPauseMs: number;
}

export interface Recovery {
  /** Takes care of every turn a crash left: resumed or sealed. Resolves when the last one has begun or is sealed. */
  run(kv: KeyValue | undefined): Promise<void>;
  /** Resolves when the conversations of all cut turns are in memory: what these wait for is known. */
  found(): Promise<void>;
  /** Its cut turn, if it has one, waits to be looked at. Of every conversation before `run` knows which. */
  isPending(conversationId: string): boolean;
  /** Some cut turn waits so. */
  busy(): boolean;
  /** Ends a cut turn that waits to be resumed. */
  abort(conversation: Conversation): Promise<string | undefined>;
}

export function createRecovery(core: Core, conversations: Conversations, limits: RecoveryLimits): Recovery {
  let pending: Set<string> | undefined;
  let allFound = (): void => undefined;
  const found = new Promise<void>((resolve) => {
    allFound = resolve;
  });
  const slots = createGate(Math.max(1, limits.resumesAtOnce));

  /** In memory at once, for whoever wants to know what it waits for; taken care of when its turn comes. */
  function recover(id: string, paused: boolean, loaded: () => void): Promise<void> {
    const looked = () => pending?.delete(id);
    const job = async (conversation: Conversation): Promise<void> => {
      const resumed = await begin(conversation, paused);
      looked();
      if (resumed) await worked(conversation, resumed);
    };
    const hold = () => {
      loaded();
      return slots(() => conversations.use(id, job));
    };
    // Also when it was deleted before its turn came.
    return conversations.use(id, hold).finally(looked).finally(loaded);
  }

  /**
   * Resolves when the turn has ended, or waits for somebody else: that many resumed turns work at once. One that waits gives
   * way, else parents could wait here for children which wait for them to end.
   */
  async function worked({ live }: Conversation, { settled }: Running): Promise<void> {
    let over = false;
    let wake = (): void => undefined;
    void settled.then(() => {
      over = true;
      wake();
    });
    while (!over && !live.ended && waitsFor(live, core.now(), core.isWaiting) === undefined)
      await new Promise<void>((resolve) => {
        wake = resolve;
        live.onceChanged(resolve);
      });
  }

  /** Resumes or seals the cut turn of a conversation, if there is one. */
  async function begin(conversation: Conversation, paused: boolean): Promise<Running | undefined> {
    const { running } = conversation.state;
    // While the server stops nothing begins, and no model that is gone ends a turn: the next boot finds it as it is.
    if (!running || conversation.running || !core.admitting()) return undefined;
    const cut = await readCut(core, conversation, running);
    const waited = waitedFor(running.turnId, cut.records, cut.blocks, core.now(), core.isWaiting);
    const refusal = refusalOf(cut, waited, paused);
    if (refusal !== undefined) await giveUp(conversation, cut, refusal);
    const resumed = refusal === undefined ? await resume(conversation, cut, waited) : undefined;
    if (!core.admitting()) return resumed;
    const what = resumed ? "resumed a turn" : "sealed a turn that was cut";
    core.logger.info(what, { conversationId: conversation.id, turnId: running.turnId });
    return resumed;
  }

  const giveUp = (conversation: Conversation, cut: CutTurn, detail: string) =>
    sealCut(core, conversation, cut, { reason: "interrupted", detail, still: core.admitting });

  function refusalOf({ running, records, lastAt }: CutTurn, waited: Waited, paused: boolean) {
    const tries = triesOf(running.turnId, records);
    if (limits.recovery === "mark") return "The server stopped in the middle of this turn.";
    // It runs nothing before somebody answers: it did not make the server crash.
    if (paused && waited !== "approval")
      return "The server crashed twice within a minute, so interrupted turns are not resumed.";
    // A question waits for its answer as long as it takes: by itself nothing comes of it.
    if (waited !== "approval" && core.now() - lastAt > limits.resumeAgeMs)
      return "The turn was interrupted too long ago to go on by itself.";
    if (waited === undefined && tries >= limits.resumeAttempts)
      return `The turn was interrupted ${tries} times without getting further.`;
    return undefined;
  }

  /** The turn that runs now: the resumed one, or the one that its queue opened; undefined when it is only sealed. */
  async function resume(
    conversation: Conversation,
    cut: CutTurn,
    waited: Waited,
  ): Promise<Running | undefined> {
    const { running, records, blocks, usage } = cut;
    const { turnId, turn, startedAt } = running;
    const start = (admitted: Admitted) => startTurnShell(core, conversations, conversation, admitted);
    const repeatable = new Map(core.tools().map(({ name, value }) => [name, value.repeatable === true]));
    const plan = resumption(turnId, records, blocks, (name) => repeatable.get(name) === true);
    if (plan?.answered) {
      await settleTurn(core, conversation, {
        ending: { turnId, reason: "completed", usage, durationMs: cut.lastAt - startedAt },
        sealed: blocks.map(({ block }) => block),
        onSealed: () =>
          core.emit(turnSettled, { conversationId: conversation.id, turnId, reason: "completed", usage }),
        start,
      });
      return conversation.running;
    }
    const name = plan?.start.model;
    const model = await core
      .models()
      .resolve(name)
      .catch((error: unknown) =>
        waited === "approval" && name !== undefined ? absentModel(core.models, name) : error,
      );
    if (!plan || model instanceof Error || !isModel(model)) {
      const why = isDispatchError(model) ? `: ${model.message}` : ".";
      await giveUp(conversation, cut, `The turn could not be resumed${why}`);
      return undefined;
    }
    const { firstStep, attempt } = plan;
    conversation.knowCalls(plan.resume?.calls ?? []);
    const settings = resumedSettings(core, conversation, plan.start);
    return conversation.mailbox.run<Running | undefined>((state) => {
      // A stop sealed it meanwhile, or the server stops.
      if (state.running?.turnId !== turnId || !core.admitting())
        return { records: [], sync: false, answer: () => undefined };
      const admitted = { turnId, turn, attempt, model, settings, firstStep, resume: plan.resume };
      const retry = pendingRetry(turnId, records, blocks);
      // The clock may have been set back meanwhile.
      const leftMs = retry ? Math.min(retry.delayMs, retry.retryAt - core.now()) : 0;
      const notBefore = core.now() + leftMs;
      // Said again, so that viewers see it and the next crash finds it.
      const { seq: _seq, ts: _ts, ...again } = retry ?? {};
      return {
        records:
          leftMs > 0
            ? [...plan.records, { ...again, delayMs: leftMs, retryAt: notBefore } as NewRecord]
            : plan.records,
        sealed: blocks.map(({ block }) => block),
        sync: true,
        answer: () =>
          start({
            ...admitted,
            carried: {
              usage,
              startedAt,
              sleptMs: sleptMs(turnId, records),
              workedMs: workedMs(turnId, records),
            },
            ...(leftMs > 0 ? { notBefore } : {}),
          }),
      };
    });
  }

  async function run(kv: KeyValue | undefined): Promise<void> {
    const ids = await core.log.running();
    pending = new Set(ids);
    // Of the last stop only: a note that nobody needed then must not excuse a crash later.
    const suspended = await takeSuspension(kv);
    if (ids.length === 0) return;
    const paused = !suspended && (await crashedTwice(kv, core.now(), limits.crashPauseMs));
    if (paused)
      core.logger.warn("recovery is paused: the server crashed twice within a short time", {
        turns: ids.length,
      });
    const left = new Set(ids);
    const recovering = ids.map((id) => {
      const loaded = () => {
        left.delete(id);
        if (left.size === 0) allFound();
      };
      return recover(id, paused, loaded).catch((error: unknown) => {
        core.logger.error("an interrupted turn could not be recovered", {
          conversationId: id,
          error: String(error),
        });
      });
    });
    await Promise.all(recovering);
  }

  return {
    isPending: (id) => pending?.has(id) ?? true,
    busy: () => (pending?.size ?? 0) > 0,
    found: () => found,
    run: (kv) => run(kv).finally(allFound),
    async abort(conversation) {
      const { running } = conversation.state;
      if (!running || conversation.running) return undefined;
      const cut = await readCut(core, conversation, running);
      await sealCut(core, conversation, cut, {
        reason: "aborted",
        detail: "Stopped while it waited to be resumed.",
      });
      // Resumed in that very moment: it is not sealed, and there is a turn to abort.
      return conversation.running ? undefined : running.turnId;
    },
  };
}

type Waited = ReturnType<typeof waitedFor>;
type Model = Awaited<ReturnType<ReturnType<Core["models"]>["resolve"]>>;
const isModel = (found: unknown): found is Model =>
  typeof found === "object" && found !== null && "provider" in found;
