/** Why a turn failed, out of the record that says so. */
import type { TurnError } from "./records.ts";

/** Without the record's place in the log. */
export const errorOf = ({ code, message, retryable, fix }: TurnError): TurnError => ({
  code,
  message,
  retryable,
  ...(fix === undefined ? {} : { fix }),
});
