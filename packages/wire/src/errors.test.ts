import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { dispatchError, type ErrorCode, errorTable, problem, toProblem } from "./errors.ts";

const page = new URL("../../../notes/errors.md", import.meta.url);

/** `notes/errors.md`, made from the table. `UPDATE_NOTES=1 npx vitest run --project unit packages/wire` writes it. */
function rendered(): string {
  const rows = Object.entries(errorTable).map(
    ([code, { status, title, fix }]: [string, { status: number; title: string; fix?: string }]) =>
      `| \`${code}\` | ${status} | ${title} | ${fix ?? ""} |`,
  );
  return [
    "# Errors",
    "",
    "Every error a client can meet, as `application/problem+json` (RFC 9457): `{ type, title, status, code, detail, fix?, errors?,",
    "retryAfterMs? }`. `code` is stable; `detail` says what happened this time. Made from the table in `packages/wire/src/errors.ts`.",
    "",
    "| code | status | sentence | what to do |",
    "|---|---|---|---|",
    ...rows,
    "",
    "A failed turn ends with an `error` record `{ code, message, retryable, fix? }` instead; its codes come from the provider",
    "(`provider-auth`, `provider-billing`, `context-overflow`, `rate-limited`, `provider-server`, `provider-network`, `truncated` …)",
    "or from the turn (`store-failed`, `internal`).",
    "",
  ].join("\n");
}

it("the page of errors says what the table says", () => {
  if (process.env.UPDATE_NOTES) writeFileSync(page, rendered());
  expect(readFileSync(page, "utf8")).toBe(rendered());
});

it("every code makes a valid problem; what is unknown gives nothing away", () => {
  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    expect(problem.parse(toProblem(dispatchError(code, "here", { data: { turnId: "t" } })))).toMatchObject({
      code,
      detail: "here",
      turnId: "t",
    });
  }
  const secret = toProblem(new Error("/home/me/secret at line 5"));
  expect(secret).toMatchObject({ status: 500, code: "internal" });
  expect(JSON.stringify(secret)).not.toContain("secret");
  expect(toProblem({ code: "conversation-busy", details: {} }).code).toBe("internal");
});
