/**
 * Runs one command in a process group of its own and always comes back: when it ends, when its time is over, when the
 * call is aborted. Whatever is left of the group then is killed, so no grandchild can hold the call open or go on.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { Timers } from "@dispatch/kernel";
import { type ProcessGroups, signalGroup } from "./process-groups.ts";

export interface ProcessOptions {
  /** The program, then its arguments. */
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly killGraceMs: number;
  readonly signal: AbortSignal;
  readonly after: Timers["after"];
  readonly groups: ProcessGroups;
  /** Output of both streams as it comes, whole characters only. */
  onText(text: string): void;
  /** Called with the id of the process, which is also its group's, when it has started. */
  onStart?(pid: number): void;
  /** Output is read no faster than this while it runs: a flood waits in the command. Default: as fast as it comes. */
  readonly bytesPerSecond?: number;
}

export interface ProcessEnd {
  readonly cause: "exit" | "timeout" | "aborted";
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How long output is still read after the command ended while another process holds its streams, in ms. */
const drainMs = 100;
/** After SIGKILL, how long to wait for the command's end, in ms. */
const reapMs = 250;
/** How often a group that was asked to end is looked at, in ms. */
const pollMs = 20;

/** Rejects with the system's error when the command cannot be started. */
export function runProcess(options: ProcessOptions): Promise<ProcessEnd> {
  const { argv, cwd, env, timeoutMs, killGraceMs, signal, after, groups, onText, bytesPerSecond } = options;
  return new Promise((resolve, reject) => {
    const timers: (() => void)[] = [];
    let exit: Pick<ProcessEnd, "code" | "signal"> | undefined;
    let cause: ProcessEnd["cause"] | undefined;
    let killed = false;
    let finished = false;

    const later = (ms: number, run: () => void) => {
      if (!finished) timers.push(after(ms, run));
    };
    later(timeoutMs, () => stop("timeout")); // first, because it throws when there is no more time to be had

    const [command = "", ...args] = argv;
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: process.platform !== "win32", // leads a group; on Windows it would only open a window
      windowsHide: true,
    });
    const { pid } = child;
    if (pid === undefined) {
      for (const cancel of timers) cancel();
      child.once("error", reject);
      return;
    }

    const readers = [child.stdout, child.stderr].map((stream) => {
      const pace = bytesPerSecond === undefined ? undefined : createPace(stream, bytesPerSecond, later);
      return readText(stream, onText, pace);
    });
    options.onStart?.(pid);

    function finish(why: ProcessEnd["cause"]) {
      if (finished) return;
      finished = true;
      for (const cancel of timers) cancel();
      signal.removeEventListener("abort", onAbort);
      release();
      if (pid !== undefined) signalGroup(pid, "SIGKILL");
      letGo(child);
      for (const { end } of readers) end();
      resolve({ cause: why, code: exit?.code ?? null, signal: exit?.signal ?? null });
    }

    /** Asks the group to end, then makes it. */
    function stop(why: "timeout" | "aborted") {
      if (cause !== undefined || pid === undefined) return;
      if (exit !== undefined) return finish("exit"); // it had ended by itself: only its output was still awaited
      cause = why;
      signalGroup(pid, "SIGTERM");
      later(killGraceMs, () => {
        killed = true;
        signalGroup(pid, "SIGKILL");
        later(reapMs, () => finish(why));
      });
    }

    /** The command ended, as asked: its group may use the rest of the grace to clean up. */
    function awaitGroup(why: ProcessEnd["cause"]) {
      if (killed || pid === undefined || !signalGroup(pid, 0)) finish(why);
      else later(pollMs, () => awaitGroup(why));
    }

    const onAbort = () => stop("aborted");
    const release = groups.add(() => finish("aborted"));
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();

    child.on("error", reject); // of a kill or a message: not used here, but unheard it would end the server
    child.on("exit", (code, ended) => {
      exit = { code, signal: ended };
      for (const { hurry } of readers) hurry(); // what it left in the pipe is little
      if (cause === undefined) later(drainMs, () => finish("exit"));
      else awaitGroup(cause);
    });
    child.on("close", () => {
      if (cause === undefined) finish("exit");
    });
  });
}

interface Pace {
  took(bytes: number): void;
  /** From now on as fast as it comes. */
  end(): void;
}

/** Rests a stream after every 64 KiB for as long as these should have taken. */
function createPace(
  stream: Readable,
  bytesPerSecond: number,
  later: (ms: number, run: () => void) => void,
): Pace {
  let owed = 0;
  let ended = false;
  return {
    took(bytes) {
      owed += bytes;
      if (ended || owed < 65_536) return;
      stream.pause();
      later((owed * 1_000) / bytesPerSecond, () => stream.resume());
      owed = 0;
    },
    end() {
      ended = true;
      stream.resume();
    },
  };
}

/** Decodes a stream so that no character is split between chunks; `end` gives out the rest. */
function readText(
  stream: Readable,
  onText: (text: string) => void,
  pace?: Pace,
): { end(): void; hurry(): void } {
  const decoder = new StringDecoder("utf8");
  const give = (text: string) => {
    if (text !== "") onText(text);
  };
  stream.on("data", (chunk: Buffer) => {
    give(decoder.write(chunk));
    pace?.took(chunk.length);
  });
  stream.on("error", () => {}); // a stream that breaks has ended; how the command ended says the rest
  return { end: () => give(decoder.end()), hurry: () => pace?.end() };
}

/** Lets go of a process that may still be there, held open by somebody outside the group. */
function letGo(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
}
