/**
 * Evidence: what a crash run has collected, as plain data. Nothing in it comes from the server's own opinion of itself
 * alone: inputs are listed by another process, runs of tools by the tools, requests by the provider.
 */
import type { LogRecord, Message } from "@dispatch/wire";

/** A line of the list that the traffic process keeps; written before anything else happens. `at` is Unix ms. */
export type Line = { readonly at: number; readonly conversationId: string } & (
  | {
      /** About to be sent: from here on it may be there, once. */
      readonly kind: "sent";
      readonly clientMessageId: string;
      readonly text: string;
      readonly via: "chat" | "queue";
    }
  | {
      /** Acknowledged: from here on it must be there, once. */
      readonly kind: "accepted";
      readonly clientMessageId: string;
      readonly messageId: string;
      readonly via: "chat" | "queue";
      /** Of a message of its own; items that wait have none yet. */
      readonly turnId?: string | undefined;
    }
  | { readonly kind: "ended"; readonly turnId: string; readonly reason: string; readonly text: string }
  | { readonly kind: "stopped"; readonly turnId: string }
  | { readonly kind: "decided"; readonly approvalId: string; readonly decision: string }
  | {
      /** About to be taken back; `cancelled`: acknowledged. */
      readonly kind: "cancelling" | "cancelled";
      readonly messageId: string;
    }
  | { readonly kind: "deleting" | "deleted" | "closing" }
);

/** One conversation as the server has it when everything is quiet. */
export interface Kept {
  readonly id: string;
  /** From seq 1, as any viewer is given them. */
  readonly records: readonly LogRecord[];
  /** As `/messages` has them, all pages. */
  readonly messages: readonly Message[];
}

/** What somebody held at the end who had watched through the crashes, or came back with an old cursor. */
export interface Held {
  /** Who: transport, and since when. */
  readonly who: string;
  readonly conversationId: string;
  /** Of the last record seen. */
  readonly seq: number;
  readonly messages: readonly Message[];
  /** Every record that they were shown, ever, by seq. */
  readonly shown: readonly Pick<LogRecord, "seq" | "ts" | "type">[];
  /** What went wrong on the way: a gap, a refusal. */
  readonly faults: readonly string[];
}

export interface Evidence {
  readonly lines: readonly Line[];
  readonly kept: readonly Kept[];
  readonly held: readonly Held[];
  /** Each run of a command that must not run twice, by the name its call gave it. */
  readonly runs: readonly string[];
  /** What the provider refused, in its words. */
  readonly refusals: readonly string[];
  /** Texts that the provider has begun to send; `whole` when it was sent to its end. */
  readonly said: readonly { readonly text: string; readonly whole: boolean }[];
  /** Conversations that still say they are active. */
  readonly active: readonly string[];
  /** Ids in the conversation list, and those of the deleted that still answer. */
  readonly listed: readonly string[];
  readonly risen: readonly string[];
  /** Processes that commands started and nobody ended. */
  readonly processes: readonly string[];
  /** Open file handles of the last server, before and after more work; empty where they cannot be counted. */
  readonly handles: readonly number[];
  /** Servers that ended without being killed, and what they said. */
  readonly exits: readonly string[];
}

export const nothing: Evidence = {
  lines: [],
  kept: [],
  held: [],
  runs: [],
  refusals: [],
  said: [],
  active: [],
  listed: [],
  risen: [],
  processes: [],
  handles: [],
  exits: [],
};
