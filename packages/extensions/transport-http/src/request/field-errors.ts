/** From what a schema found to `errors: [{ path, message }]` of a problem. */
import { type DispatchError, dispatchError, type FieldError } from "@dispatch/wire";
import type * as z from "zod";

/** Paths read `a.b.0`. Each unknown key has a path of its own. */
export function fieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.flatMap((issue): FieldError[] => {
    const path = issue.path.map(String);
    if (issue.code !== "unrecognized_keys") return [{ path: path.join("."), message: issue.message }];
    return issue.keys.map((key) => ({ path: [...path, key].join("."), message: "Unknown field." }));
  });
}

/** All of them in one error. */
export function invalidRequest(errors: readonly FieldError[]): DispatchError {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return dispatchError("invalid-request", `${first?.path || "body"}: ${first?.message}${more}`, { errors });
}
