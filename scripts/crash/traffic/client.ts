/** Talks HTTP to a server that comes and goes. */
import type { Server } from "../stage.ts";

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever a stranger's server sends
  readonly body: any;
}

export interface Client {
  moveTo(server: Server | undefined): void;
  /** Resolves when there is a server. */
  up(): Promise<void>;
  /** Undefined: no answer came. It may have been done or not. */
  ask(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer | undefined>;
}

export function createClient(): Client {
  let server: Server | undefined;
  let wake = (): void => undefined;
  let changed = next();

  function next(): Promise<void> {
    return new Promise((resolve) => {
      wake = resolve;
    });
  }

  return {
    moveTo(there) {
      server = there;
      const wakeThem = wake;
      changed = next();
      wakeThem();
    },
    async up() {
      while (!server) await changed;
    },
    async ask(method, path, body, headers = {}) {
      if (!server) return undefined;
      try {
        const response = await fetch(`${server.url}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${server.token}`,
            ...(body === undefined ? {} : { "content-type": "application/json" }),
            ...headers,
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        const text = await response.text();
        return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
      } catch {
        return undefined; // it went away: that is what this is about
      }
    },
  };
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
