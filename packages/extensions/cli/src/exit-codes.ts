/** Exit codes of every command. */

export const exitCodes = Object.freeze({
  ok: 0,
  /** A failed turn, or an error. */
  failed: 1,
  usage: 2,
  unreachable: 3,
  aborted: 130,
});
