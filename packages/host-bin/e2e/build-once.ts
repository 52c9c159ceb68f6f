// Vitest's global set-up for the end-to-end tests: the processes they start run the built JavaScript, so build it first.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export default function buildOnce(): void {
  if (process.env.DISPATCH_SKIP_BUILD === "1") return; // already built, by a script that goes on to test
  const root = fileURLToPath(new URL("../../..", import.meta.url));
  execFileSync("npm", ["run", "--silent", "build:js"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
}
