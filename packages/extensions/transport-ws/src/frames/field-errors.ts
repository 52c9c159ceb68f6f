/** From what a schema found to one `invalid-request` with all of it. */
import { type DispatchError, dispatchError, type FieldError } from "@dispatch/wire";
import type * as z from "zod";

/** Paths read `a.b.0`; each unknown key has one of its own. */
function fieldErrors({ issues }: z.ZodError): FieldError[] {
  return issues.flatMap((issue): FieldError[] => {
    const path = issue.path.map(String);
    if (issue.code !== "unrecognized_keys") return [{ path: path.join("."), message: issue.message }];
    return issue.keys.map((key) => ({ path: [...path, key].join("."), message: "Unknown field." }));
  });
}

export function invalidFrame(error: z.ZodError): DispatchError {
  const errors = fieldErrors(error);
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return dispatchError("invalid-request", `${first?.path || "frame"}: ${first?.message}${more}`, { errors });
}
