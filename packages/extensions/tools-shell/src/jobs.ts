/**
 * Background jobs: what a script started with `background` goes on with after its call. They belong to their
 * conversation and end with it, with their time, and with the server.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Logger, Timers } from "@dispatch/kernel";
import { markOf } from "./environment.ts";
import { createHeadTail, type Kept } from "./head-tail.ts";
import type { JobFolder } from "./job-folder.ts";
import { createJobLog } from "./job-log.ts";
import { howItEnded } from "./present-result.ts";
import { Refusal } from "./refusal.ts";
import type { ProcessEnd, ProcessOptions } from "./run-process.ts";

export interface JobStart {
  readonly conversationId: string;
  readonly callId: string;
  /** Of the call: aborted before it has answered, it takes the job with it. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  onText(text: string): void;
  /** Starts the process. */
  run(options: Pick<ProcessOptions, "signal" | "onText" | "onStart" | "bytesPerSecond">): Promise<ProcessEnd>;
}

export interface StartedJob {
  readonly id: string;
  /** Of the process and its group. */
  readonly pid: number;
  /** Path of the file with its output. */
  readonly log: string;
  /** What it printed so far. */
  readonly kept: Kept;
  /** It has ended already. */
  readonly end: ProcessEnd | undefined;
}

export interface Jobs {
  /** Resolves when the first moments are over, or the job. Throws a Refusal when there are too many. */
  start(job: JobStart): Promise<StartedJob>;
  /** Marks of the processes of running jobs. */
  marks(): ReadonlySet<string>;
  /** Ends the jobs of a conversation and removes their logs. Resolves when they have ended. */
  endConversation(conversationId: string): Promise<void>;
}

export interface JobsOptions {
  readonly after: Timers["after"];
  readonly folder: JobFolder;
  readonly log: Logger;
  /** How long a call waits for a job's first output, in ms. */
  readonly firstMs: number;
  /** Running at once, by conversation. As many ended ones keep their logs. */
  readonly maxJobs: number;
  readonly logBytes: number;
  readonly outputBytes: number;
  /** A short name that no other job has. */
  newId(): string;
  /** After a job's end: its mark. */
  onEnd(mark: string): void | Promise<void>;
}

/** Output read of a job in a second, in bytes: nobody waits for it, and the server has other things to do. */
const bytesPerSecond = 4_194_304;

interface Job {
  readonly id: string;
  readonly conversationId: string;
  readonly mark: string;
  readonly log: string;
  readonly controller: AbortController;
  over: boolean;
  /** Resolves when it is over and swept. */
  ended: Promise<void>;
}

export function createJobs(options: JobsOptions): Jobs {
  const { after, folder, log, firstMs, maxJobs, newId, onEnd } = options;
  const all = new Set<Job>();
  const of = (conversationId: string) => [...all].filter((job) => job.conversationId === conversationId);

  async function forget(job: Job): Promise<void> {
    all.delete(job);
    await rm(job.log, { force: true });
  }

  /** Runs the process with its log. `answer`: how things stand; what comes later goes to the log only. */
  function launch(job: Job, start: JobStart): { running: Promise<void>; answer: () => StartedJob } {
    const { id, controller } = job;
    const file = createJobLog(job.log, options.logBytes, (error) =>
      log.warn("the output of a job cannot be written any more", { job: id, reason: String(error) }),
    );
    const kept = createHeadTail(options.outputBytes);
    let pid = 0;
    let end: ProcessEnd | undefined;
    let answered = false;
    const onText = (text: string) => {
      file.write(text);
      if (answered) return;
      kept.push(text);
      start.onText(text);
    };
    const onStart = (given: number) => {
      pid = given;
    };
    const running = start
      .run({ signal: controller.signal, bytesPerSecond, onText, onStart })
      .then((ended) => {
        end = ended;
        file.write(`(${howItEnded(ended, start.timeoutMs)})\n`);
      })
      .finally(() => {
        job.over = true;
        file.close();
      });
    return {
      running,
      answer() {
        answered = true;
        return { id, pid, log: job.log, kept: kept.finish(), end };
      },
    };
  }

  /** After its end: what it left is swept, and of the ended jobs the oldest are forgotten. */
  async function settle(job: Job, running: Promise<void>): Promise<void> {
    try {
      await running;
      await onEnd(job.mark);
      const over = of(job.conversationId).filter((each) => each.over);
      await Promise.all(over.slice(0, Math.max(0, over.length - maxJobs)).map(forget));
    } catch (error) {
      log.warn("a job did not end as it should", { job: job.id, reason: String(error) });
    }
  }

  return {
    async start(start) {
      const { conversationId, signal } = start;
      const path = await folder.path();
      if (of(conversationId).filter(({ over }) => !over).length >= maxJobs) {
        throw new Refusal(
          `There are ${maxJobs} background jobs in this conversation already: end one first.`,
        );
      }
      const id = newId();
      const controller = new AbortController();
      const ended = Promise.resolve();
      const mark = markOf(start);
      const job: Job = {
        id,
        conversationId,
        mark,
        controller,
        over: false,
        ended,
        log: join(path, `${id}.log`),
      };
      const wait = createWait(after, firstMs);
      const onAbort = () => controller.abort(signal.reason);
      signal.addEventListener("abort", onAbort);
      try {
        if (signal.aborted) onAbort();
        const { running, answer } = launch(job, start);
        all.add(job);
        job.ended = settle(job, running);
        await Promise.race([running, wait.over]);
        if (signal.aborted) await running;
        const started = answer();
        if (started.end !== undefined) await forget(job);
        return started;
      } catch (error) {
        await forget(job);
        throw error;
      } finally {
        wait.cancel();
        signal.removeEventListener("abort", onAbort);
      }
    },
    marks: () => new Set([...all].filter(({ over }) => !over).map(({ mark }) => mark)),
    async endConversation(conversationId) {
      const jobs = of(conversationId);
      for (const { controller } of jobs) controller.abort();
      await Promise.all(jobs.map(({ ended }) => ended));
      await Promise.all(jobs.map(forget));
    },
  };
}

function createWait(after: Timers["after"], ms: number): { over: Promise<void>; cancel: () => void } {
  let cancel = () => {};
  const over = new Promise<void>((resolve) => {
    cancel = after(ms, resolve);
  });
  return { over, cancel };
}
