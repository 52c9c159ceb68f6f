/**
 * `@dispatch/commands/ports`: the point `commands`, where a server-side extension adds commands. They run in the server; the
 * command line shows them in its help beside its own and any client runs them with `POST /commands/:name`.
 */
import { definePoint } from "@dispatch/kernel";
import type { CallContext } from "@dispatch/session-orchestrator/ports";
import type { Caller, Scope } from "@dispatch/transport-http/ports";

export interface ServerCommandOption {
  /** As on a command line: `--followup`, `-n, --limit <count>`. A flag without a value is a boolean. */
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[];
}

/** One run of a command; what it throws is a `DispatchError`. */
export interface ServerCommandCall {
  readonly args: readonly string[];
  /** By the option's long name in camel case: `--no-start` is `start: false`. */
  readonly options: Readonly<Record<string, string | boolean>>;
  readonly caller: Caller;
  /** For calls of `sessions`: with the idempotency key of the run. */
  readonly call: CallContext;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

export interface ServerCommandAnswer {
  /** For a person. Lines end in `\n`; escape codes are taken out where it is shown. */
  readonly text?: string | undefined;
  /** What `--json` prints, and what an HTTP client gets. */
  readonly json: unknown;
  /** Default 0. */
  readonly exitCode?: number | undefined;
}

export interface ServerCommand {
  /** One line of help. */
  readonly summary: string;
  /** Positional arguments: `<id> <text...>`. */
  readonly arguments?: string | undefined;
  readonly options?: readonly ServerCommandOption[] | undefined;
  readonly examples?: readonly string[] | undefined;
  readonly scope: Scope;
  run(call: ServerCommandCall): Promise<ServerCommandAnswer>;
}

/** Commands by name: lower case, digits and dashes. */
export const commands = definePoint<ServerCommand>()("commands/commands");
