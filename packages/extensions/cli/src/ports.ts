/**
 * What others plug into the command line: commands, and the service that knows where servers are. Help, parsing and
 * error texts are made from the table of commands.
 */
import type { Client, HealthAnswer, Live } from "@dispatch/client";
import { definePoint, defineService } from "@dispatch/kernel";
import type { CommandInfo } from "@dispatch/wire";
import type { Terminal } from "./terminal.ts";

export { type CommandError, commandError, isCommandError } from "./command-error.ts";
export type { Terminal } from "./terminal.ts";
export { printable } from "./transcript/printable.ts";

export interface CommandOption {
  /** As commander reads them: `-m, --model <id>`, `--all`. */
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[] | undefined;
  /** May be given several times; the value is an array. */
  readonly repeatable?: boolean;
  /** A whole number, checked. */
  readonly integer?: boolean;
}

/** Flags that every command takes. */
export interface GlobalOptions {
  readonly server?: string | undefined;
  readonly dataDir?: string | undefined;
  /** False with `--no-start`. */
  readonly start: boolean;
  readonly json: boolean;
  /** False with `--no-color`. */
  readonly color: boolean;
}

/** One run of a command. */
export interface CommandCall {
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly globals: GlobalOptions;
  readonly terminal: Terminal;
  readonly servers: Servers;
  /** Every command there is. */
  readonly commands: readonly { readonly name: string; readonly value: Command }[];
  /** Finds the server, or starts one unless forbidden. */
  connect(): Promise<Client>;
  /** A live connection to the same server, ended with the command. Undefined when no WebSocket gets through: HTTP is left. */
  live(): Promise<Live | undefined>;
  /** With `polling` there is always one: without a WebSocket it asks for the list now and then. */
  live(options: { readonly polling: true }): Promise<Live>;
}

export interface Command {
  /** One line of `--help`. */
  readonly summary: string;
  /** Positional arguments as commander reads them: `<id> [text...]`. */
  readonly arguments?: string;
  readonly options?: readonly CommandOption[];
  /** Not in `--help`. */
  readonly hidden?: boolean;
  /** Lines after the options of its help. */
  readonly examples?: readonly string[];
  /** Gives the exit code; nothing = 0. A `CommandError` chooses its own code, any other error is 1. */
  run(call: CommandCall): Promise<number | undefined> | Promise<void>;
}

/** Commands by name. */
export const commands = definePoint<Command>()("cli/commands");

export interface ServerTarget {
  /** An address given by flag; wins over everything. */
  readonly server?: string | undefined;
  readonly dataDir?: string | undefined;
}

export interface FoundServer {
  readonly url: string;
  readonly token?: string | undefined;
  /** Undefined, as what follows, for a server that is asked without its token. */
  readonly version?: string | undefined;
  readonly pid?: number | undefined;
  readonly uptimeMs?: number | undefined;
  /** What its store noticed of itself. */
  readonly store?: HealthAnswer["store"] | undefined;
  /** What this command line has that the server was started without: `version 0.1.0 (server: 0.0.9)`, `OPENAI_API_KEY`. */
  readonly differences: readonly string[];
  /** Flags it was started with, when it was started from this data folder. */
  readonly args?: readonly string[] | undefined;
  /** It is stopping, and waits for so many turns for so long at most. */
  readonly stopping?: { readonly turns: number; readonly leftMs: number } | undefined;
}

export interface StopOptions {
  /** Do not wait for running turns: they are resumed by the next server. */
  readonly now: boolean;
  /** Gets a line now and then while the server waits for turns. */
  progress(line: string): void;
}

export interface Restarted {
  /** Undefined: none was running. */
  readonly stopped: FoundServer | undefined;
  readonly started: FoundServer;
}

/** Where a server started here would find its things. */
export interface LocalSetup {
  readonly dataDir: string;
  readonly logFile: string;
  /** Effective values with where each comes from; secrets are masked. */
  readonly values: readonly { readonly path: string; readonly value: unknown; readonly source: string }[];
}

/** Every method rejects with a `CommandError`. */
export interface Servers {
  find(target: ServerTarget): Promise<FoundServer | undefined>;
  /** Finds it or starts it; `progress` gets a line when that takes longer than a second. */
  ensure(target: ServerTarget, progress: (line: string) => void): Promise<FoundServer>;
  /** Stops it and waits until it is gone. Undefined: none was running. */
  stop(target: ServerTarget, options: StopOptions): Promise<FoundServer | undefined>;
  /** Stops it and starts one with its flags. Nobody else starts one in between, without them. */
  restart(target: ServerTarget, options: StopOptions): Promise<Restarted>;
  setup(target: ServerTarget): Promise<LocalSetup>;
  /**
   * Commands that extensions of the server contribute: of the one at the address when one is given, else from the table
   * which the server of the data folder left there. Nothing that cannot be had is an error.
   */
  commands(target: ServerTarget): Promise<readonly CommandInfo[]>;
}

/** Provided by the program that hosts the command line. */
export const servers = defineService<Servers>()("cli/servers");

export interface Program {
  /** Parses, runs, prints; gives the exit code. Never rejects. `args` begins after the program's name. */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}

export const program = defineService<Program>()("cli/program");
