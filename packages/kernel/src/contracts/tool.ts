/** Tools: what a model may call. */
import type { Logger } from "./host-api.ts";
import type { InferSchema, JsonSchema, Schema } from "./schema.ts";

/** What a tool does to the world: approvals go by it. `read` changes nothing; `write` changes files; `execute` may do anything. */
export type ToolKind = "read" | "write" | "execute";

export interface ToolContext {
  readonly conversationId: string;
  readonly turnId: string;
  readonly stepId: string;
  readonly callId: string;
  /** Working directory, absolute. Paths in arguments are relative to it. */
  readonly cwd: string;
  /** Further folders that the call may use, absolute. */
  readonly dirs?: readonly string[] | undefined;
  /** Environment additions of the turn. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Aborted on stop, on time-out and when the turn ends. Its reason is an error with the message `suspended` when the server
   * stops and leaves the turn to be resumed: a repeatable call is then run again by the next one.
   */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Live output for viewers; the result replaces it. Never blocks. */
  output(text: string): void;
}

export interface ToolOutput {
  readonly output: string;
  /** The tool ran and says that it failed; the model sees it as such. */
  readonly isError?: boolean;
  /** The tool has shortened `output` itself. */
  readonly truncated?: boolean;
}

export interface Tool<S extends Schema = Schema> {
  readonly description: string;
  readonly parameters: S;
  /** Default `execute`: what says nothing is trusted least. */
  readonly kind?: ToolKind;
  /** Default true. False: runs alone in its step. */
  readonly concurrencySafe?: boolean;
  /** Default false. True: may be run again after a crash (reads). */
  readonly repeatable?: boolean;
  /** Default false. True: while it runs it only waits for what is watched elsewhere (a child conversation), so it never stalls. */
  readonly onlyWaits?: boolean;
  /** What the call touches, short, for people: a path, a command. */
  target?(input: InferSchema<S>): string;
  execute(input: InferSchema<S>, context: ToolContext): Promise<ToolOutput> | ToolOutput;
}

/** Gives `execute` its argument type when a tool is written apart from `contribute`. */
export const defineTool = <S extends Schema>(tool: Tool<S>): Tool<S> => tool;

/** A tool as the point `tools` holds it: argument types forgotten, checked at run time before `execute`. */
export interface AnyTool {
  readonly description: string;
  readonly parameters: Schema;
  readonly kind?: ToolKind;
  readonly concurrencySafe?: boolean;
  readonly repeatable?: boolean;
  readonly onlyWaits?: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: the validated input's type is known to the tool only
  target?(input: any): string;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  execute(input: any, context: ToolContext): Promise<ToolOutput> | ToolOutput;
}

/** A tool as it is told to a provider. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
}
