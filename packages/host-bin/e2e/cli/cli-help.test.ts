/** `dispatch --help` as a process of its own: complete, and without loading what it does not need. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { bin, cleanEnv } from "../support/server.ts";

const run = promisify(execFile);
const env = cleanEnv("/nonexistent");

describe("dispatch --help", () => {
  it("lists every command", async () => {
    const { stdout, stderr } = await run(process.execPath, [bin, "--help"], { env });
    expect(stderr).toBe("");
    for (const name of [
      "serve",
      "status",
      "down",
      "restart",
      "models",
      "chat",
      "list",
      "show",
      "last",
      "watch",
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
    }
    for (const name of ["stop", "close", "title", "extensions"])
      expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
  });

  it("is the page that the program would make", async () => {
    const laidOut = await run(process.execPath, [bin, "--no-color", "--help"], { env });
    expect((await run(process.execPath, [bin, "-h"], { env })).stdout).toBe(laidOut.stdout);
  });

  it("loads neither the server's libraries nor its extensions", async () => {
    const { stderr } = await run(process.execPath, [bin, "--help"], {
      env: { ...env, NODE_DEBUG: "esm" },
      maxBuffer: 64 * 1024 * 1024,
    });
    for (const name of ["zod", "hono", "level", "ajv", "jsonc-parser", "commander"]) {
      expect(stderr).not.toMatch(new RegExp(`node_modules/${name}/`));
    }
    const parsed = await run(process.execPath, [bin, "chat", "--help"], {
      env: { ...env, NODE_DEBUG: "esm" },
      maxBuffer: 64 * 1024 * 1024,
    });
    expect(parsed.stderr).toMatch(/commander/); // the probe sees what is loaded
  });

  it("wrong usage exits with 2 and says what was meant", async () => {
    const failure = await run(process.execPath, [bin, "modles"], { env }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 2, stdout: "" });
    expect((failure as { stderr: string }).stderr).toContain("Did you mean models?");
  });
});
