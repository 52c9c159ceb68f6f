/**
 * Puts tool calls together from their pieces. The rule is the index, but compatible servers leave out the index, the id
 * or both, send whole calls at once, or give every call the same index; a name then tells where the next call begins.
 */
import type { ProviderEvent } from "@dispatch/kernel";
import { isObject, someText, type WireCall } from "./chunk-shape.ts";

interface OpenCall {
  readonly index: number | undefined;
  readonly id: string | undefined;
  name: string;
  input: string;
}
type CallEvent = Extract<ProviderEvent, { type: "tool-call" }>;

export interface CallAssembly {
  /** True when any call was begun. */
  readonly any: boolean;
  /** Characters of arguments taken so far. */
  readonly length: number;
  /** Adds the pieces of one delta; gives the calls which this shows to be complete. */
  add(pieces: readonly unknown[]): CallEvent[];
  /** The answer is over: all calls that were not given yet, in order of their beginning. */
  finish(): CallEvent[];
}

export function createCallAssembly(): CallAssembly {
  const open: OpenCall[] = [];
  let current: OpenCall | undefined;
  let any = false;
  let length = 0;

  /** The call that a piece continues; undefined: it begins one. */
  function continued(piece: WireCall, name: string | undefined): OpenCall | undefined {
    const id = someText(piece.id);
    const { index } = piece;
    const sameId = id === undefined ? undefined : open.findLast((call) => call.id === id);
    if (sameId) return sameId;
    const call = typeof index === "number" ? open.findLast((other) => other.index === index) : current;
    if (call === undefined || name === undefined) return call;
    if (id !== undefined && call.id !== undefined) return undefined;
    // The name again, or the rest of it, comes before any arguments; a name after complete ones is the next call's.
    return typeof index !== "number" || isComplete(call.input) ? undefined : call;
  }

  function addPiece(piece: WireCall): void {
    const name = someText(piece.function?.name);
    let call = continued(piece, name);
    if (call === undefined) {
      const index = typeof piece.index === "number" ? piece.index : undefined;
      call = { index, id: someText(piece.id), name: name ?? "", input: "" };
      open.push(call);
      any = true;
    } else if (name !== undefined && name !== call.name && call.input === "") call.name += name;
    current = call;
    const given = piece.function?.arguments;
    const input = typeof given === "string" ? given : isObject(given) ? JSON.stringify(given) : "";
    call.input += input;
    length += input.length;
  }

  const event = ({ name, input }: OpenCall): CallEvent => ({
    type: "tool-call",
    name,
    input: input.trim() === "" ? "{}" : input,
  });

  return {
    get any() {
      return any;
    },
    get length() {
      return length;
    },
    add(pieces) {
      for (const piece of pieces) if (isObject(piece)) addPiece(piece);
      const complete: CallEvent[] = [];
      // Only a call that another one has followed: some servers send `{}` first and the arguments after it.
      for (let head = open[0]; head && head !== current && isComplete(head.input); head = open[0]) {
        complete.push(event(head));
        open.shift();
      }
      return complete;
    },
    finish: () => open.splice(0).map(event),
  };
}

function isComplete(input: string): boolean {
  if (!input.trimEnd().endsWith("}")) return false;
  try {
    JSON.parse(input);
    return true;
  } catch {
    return false;
  }
}
