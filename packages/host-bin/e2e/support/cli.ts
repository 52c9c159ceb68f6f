/** Runs the `dispatch` command as a process of its own. */
import { execFile } from "node:child_process";
import { bin, cleanEnv } from "./server.ts";

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CliOptions {
  /** HOME, and the working folder unless another is given. */
  readonly home: string;
  readonly dataDir: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Called with all that it wrote to stderr so far, as it comes. */
  readonly hears?: (err: string) => void;
}

export function runDispatch(args: readonly string[], options: CliOptions): Promise<Outcome> {
  const { home, dataDir, cwd = home, env = {}, stdin = "", hears } = options;
  const all = cleanEnv(home, { DISPATCH_DATA_DIR: dataDir, DISPATCH_PORT: "0", ...env });
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [bin, ...args], { cwd, env: all }, (error, out, err) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error ? -1 : 0, out, err });
    });
    let heard = "";
    child.stderr?.on("data", (text: string) => {
      heard += text;
      hears?.(heard);
    });
    child.stdin?.on("error", () => undefined).end(stdin); // it may end before it has read that
  });
}
