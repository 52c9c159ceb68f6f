import { EventEmitter } from "node:events";
import { describe, expect, it, vi } from "vitest";
import { installProcessGuards } from "./process-guards.ts";

function guarded(stop: () => Promise<void>, deadlineMs?: number) {
  const exit = vi.fn();
  const target = Object.assign(new EventEmitter(), { exit });
  const said: string[] = [];
  const off = installProcessGuards({
    log: (level, message, { error }) => said.push(`${level} ${message}: ${String(error)}`),
    stop,
    target: target as never,
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  });
  return { target, exit, said, off };
}

describe("process guards", () => {
  it("log a rejection that nobody noticed and go on", () => {
    const { target, exit, said } = guarded(async () => undefined);
    target.emit("unhandledRejection", new Error("lost"));
    expect(said).toEqual(["error a promise was rejected and nobody noticed: lost"]);
    expect(exit).not.toHaveBeenCalled();
  });

  it("stop and exit with 1 at an exception, once", async () => {
    const stop = vi.fn(async () => undefined);
    const { target, exit, said } = guarded(stop);
    target.emit("uncaughtException", new Error("one"));
    target.emit("uncaughtException", new Error("two"));
    await expect.poll(() => exit).toHaveBeenCalledWith(1);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(said).toHaveLength(2);
  });

  it("exit when the stop hangs, and when it fails", async () => {
    const hanging = guarded(() => new Promise(() => undefined), 20);
    hanging.target.emit("uncaughtException", new Error("one"));
    await expect.poll(() => hanging.exit).toHaveBeenCalledWith(1);
    const failing = guarded(() => Promise.reject(new Error("stuck")));
    failing.target.emit("uncaughtException", new Error("one"));
    await expect.poll(() => failing.exit).toHaveBeenCalledWith(1);
    expect(failing.said.at(-1)).toContain("stuck");
  });

  it("go on after what is an extension's fault, and only after that", async () => {
    const exit = vi.fn();
    const target = Object.assign(new EventEmitter(), { exit });
    const said: string[] = [];
    const stop = vi.fn(async () => undefined);
    installProcessGuards({
      log: (_level, message) => said.push(message),
      blame: (error, kind) => error === `an extension's ${kind}`,
      stop,
      target: target as never,
    });
    target.emit("uncaughtException", "an extension's exception");
    target.emit("unhandledRejection", "an extension's rejection");
    expect([said, stop.mock.calls]).toEqual([[], []]);
    target.emit("uncaughtException", "ours");
    await expect.poll(() => exit).toHaveBeenCalledWith(1);
  });

  it("can be taken off", () => {
    const { target, off } = guarded(async () => undefined);
    off();
    expect(target.eventNames()).toEqual([]);
  });
});
