import { chatBody, patchBody, toProblem } from "@dispatch/wire";
import { expect, test } from "vitest";
import { fieldErrors, invalidRequest } from "./field-errors.ts";

const pathsOf = (result: ReturnType<typeof patchBody.safeParse> | ReturnType<typeof chatBody.safeParse>) =>
  result.success ? [] : fieldErrors(result.error).map(({ path }) => path);

test("every unknown key has its own path, however deep", () => {
  expect(pathsOf(patchBody.safeParse({ titel: 1, x: 2, settings: { modl: "a" } })).sort()).toEqual([
    "settings.modl",
    "titel",
    "x",
  ]);
});

test("indexes are part of a path", () => {
  expect(pathsOf(chatBody.safeParse({ message: "x", attachments: [{ attachmentId: "a" }] }))).toEqual([
    "attachments.0.mimeType",
  ]);
});

test("the problem names the first and has them all", () => {
  const errors = [
    { path: "a", message: "Unknown field." },
    { path: "b", message: "Unknown field." },
  ];
  expect(toProblem(invalidRequest(errors))).toMatchObject({
    status: 400,
    code: "invalid-request",
    detail: "a: Unknown field. (and 1 more)",
    errors,
  });
});
