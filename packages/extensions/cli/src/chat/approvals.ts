/** Approvals in a running turn: asked at the keyboard where there is one, named with the command to answer elsewhere. */
import { createInterface } from "node:readline";
import { type Client, isClientError, type StreamItem } from "@dispatch/client";
import type { ApprovalRequest } from "@dispatch/wire";
import type { Terminal } from "../terminal.ts";
import { truthful } from "../transcript/printable.ts";
import type { TypeAhead } from "./type-ahead.ts";

export interface ApprovalPrompts {
  /** Looks for questions and answers in what the stream brings. */
  apply(item: StreamItem): void;
  /** Takes back an open question. */
  stop(): void;
}

export interface ApprovalOptions {
  readonly note: (line: string) => void;
  /** Where to ask, if it is one. Absent: only the command that answers is named, for who watches. */
  readonly keyboard?: ApprovalKeyboard | undefined;
}

export interface ApprovalKeyboard {
  readonly terminal: Terminal;
  readonly client: Client;
  /** Ctrl-C while a question is open. */
  readonly interrupted: () => void;
  readonly failed: (error: unknown) => void;
  /** Who reads the keyboard while no question is open. */
  readonly typeAhead?: TypeAhead | undefined;
}

/** Somebody else was first, or the turn has ended. */
const isOver = (error: unknown): boolean =>
  isClientError(error) && ["approval-answered", "approval-not-found"].includes(error.code);

/** Not at the end of the input (Ctrl-D on an empty line): nobody can type there any more. */
const canAnswer = ({ stdin, stderr }: Terminal): boolean =>
  stdin.isTTY === true && stderr.isTTY === true && !stdin.readableEnded;

export const describeRequest = ({ name, input, cwd }: ApprovalRequest): string =>
  `${name} ${truthful(input)} in ${truthful(cwd)}`;

/** The question for somebody who answers it elsewhere. */
export const waitingLines = (approvalId: string, request: ApprovalRequest): readonly string[] => [
  `· waits for an approval: ${describeRequest(request)}`,
  `  dispatch approve ${approvalId}   (or --deny)`,
];

export function createApprovalPrompts({ note, keyboard }: ApprovalOptions): ApprovalPrompts {
  const asking = new Map<string, () => void>();
  const waiting: { approvalId: string; request: ApprovalRequest }[] = [];

  function ask(approvalId: string, request: ApprovalRequest): void {
    if (asking.has(approvalId) || waiting.some((each) => each.approvalId === approvalId)) return;
    if (!keyboard || !canAnswer(keyboard.terminal)) {
      asking.set(approvalId, () => undefined);
      for (const line of waitingLines(approvalId, request)) note(line);
      return;
    }
    waiting.push({ approvalId, request });
    if (waiting.length === 1) askNext();
  }

  /** One question at a time. */
  function askNext(): void {
    const [question] = waiting;
    if (!question || !keyboard) return;
    const { terminal, client, interrupted, failed, typeAhead } = keyboard;
    const { approvalId, request } = question;
    note(`· ${describeRequest(request)}`);
    typeAhead?.release();
    const reader = createInterface({ input: terminal.stdin, output: terminal.stderr, terminal: true });
    asking.set(approvalId, () => reader.close());
    reader.on("close", () => typeAhead?.listen());
    reader.on("SIGINT", () => {
      reader.close();
      interrupted();
    });
    reader.question("  allow it? [y/N] ", (text) => {
      reader.close();
      const decision = /^\s*y(es)?\s*$/i.test(text) ? "allow" : "deny";
      client.answerApproval(approvalId, decision).catch((error: unknown) => {
        failed(error);
        // The server is away, say: nobody else would ask again, and the turn would wait for ever.
        if (waiting[0] === question && !isOver(error)) askNext();
      });
    });
  }

  function settle(approvalId: string, remark: string): void {
    const close = asking.get(approvalId);
    const index = waiting.findIndex((each) => each.approvalId === approvalId);
    if (index >= 0) waiting.splice(index, 1);
    if (!close) return;
    asking.delete(approvalId);
    close();
    note(remark);
    if (index === 0) askNext();
  }

  return {
    apply(item) {
      if (item.snapshot) {
        const open = new Set(item.snapshot.approvals.map(({ approvalId }) => approvalId));
        const asked = [...waiting.map(({ approvalId }) => approvalId), ...asking.keys()];
        for (const approvalId of new Set(asked))
          if (!open.has(approvalId)) settle(approvalId, "· answered meanwhile");
        for (const { approvalId, request } of item.snapshot.approvals) ask(approvalId, request);
        return;
      }
      const { event } = item;
      if (event.type === "approval-requested") ask(event.approvalId, event.request);
      else if (event.type === "approval-resolved")
        settle(event.approvalId, event.decision === "allow" ? "· allowed" : "· denied");
    },
    stop() {
      waiting.length = 0;
      for (const close of asking.values()) close();
      asking.clear();
    },
  };
}
