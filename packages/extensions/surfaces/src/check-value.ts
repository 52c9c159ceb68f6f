/** The value of an action: bounded JSON, and what the action's schema makes of it. Pure. */
import type { CompiledSchema } from "@dispatch/kernel";
import { dispatchError, type FieldError, surfaceLimits } from "@dispatch/wire";

const { valueBytes, valueDepth } = surfaceLimits;

/** Throws `invalid-request` with the path of each mistake, from `value` on. */
export async function checkValue(value: unknown, schema: CompiledSchema | undefined): Promise<unknown> {
  if (deeperThan(value, valueDepth))
    throw invalid([{ path: "value", message: `Deeper than ${valueDepth} levels.` }]);
  if (Buffer.byteLength(JSON.stringify(value) ?? "") > valueBytes)
    throw invalid([{ path: "value", message: `More than ${valueBytes} bytes of JSON.` }]);
  if (!schema) return value;
  const checked = await schema.validate(value);
  if (checked.ok) return checked.value;
  throw invalid(
    checked.issues.map(({ path, message }) => ({ path: path === "" ? "value" : `value.${path}`, message })),
  );
}

/** Counts arrays and objects within each other; looks no deeper than `levels`. */
function deeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((each) => deeperThan(each, levels - 1));
}

function invalid(errors: readonly FieldError[]): Error {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return dispatchError("invalid-request", `${first?.path}: ${first?.message}${more}`, { errors });
}
