/** One-time codes of login links: few at a time, each good once and for a while, kept by hash in memory alone. */
import { createHash, timingSafeEqual } from "node:crypto";
import { dispatchError } from "@dispatch/wire";

export interface LoginCodesOptions {
  /** How long a code is good, in ms. */
  readonly lifeMs: number;
  /** Unix ms. */
  readonly now: () => number;
  readonly random: (bytes: number) => Buffer;
}

export interface LoginCodes {
  make(): { readonly code: string; readonly expiresAt: number };
  /** Takes a code. Throws `login-link-invalid`, and `too-many-requests` when too many were wrong lately. */
  take(code: string): void;
}

const mostCodes = 20;
const codeBytes = 32;
const mostWrong = 20;
const windowMs = 60_000;

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();

/**
 * @example
 * const codes = createLoginCodes({ lifeMs: 300_000, now: Date.now, random: randomBytes });
 * codes.take(codes.make().code);
 */
export function createLoginCodes({ lifeMs, now, random }: LoginCodesOptions): LoginCodes {
  let open: readonly { readonly hash: Buffer; readonly expiresAt: number }[] = [];
  let wrong: readonly number[] = [];
  return {
    make() {
      const code = random(codeBytes).toString("base64url");
      const expiresAt = now() + lifeMs;
      open = [...open, { hash: sha256(code), expiresAt }].slice(-mostCodes);
      return { code, expiresAt };
    },
    take(code) {
      const time = now();
      const given = sha256(code);
      open = open.filter(({ expiresAt }) => expiresAt > time);
      // All are compared, and a right one is taken however many were wrong: trying must not lock its owner out.
      const kept = open.filter(({ hash }) => !timingSafeEqual(hash, given));
      const isRight = kept.length < open.length;
      open = kept;
      if (isRight) return;
      wrong = wrong.filter((at) => at > time - windowMs && at <= time);
      const [oldest] = wrong;
      if (wrong.length >= mostWrong && oldest !== undefined)
        throw dispatchError("too-many-requests", "Too many login links were wrong.", {
          retryAfterMs: oldest + windowMs - time,
        });
      wrong = [...wrong, time];
      throw dispatchError(
        "login-link-invalid",
        "The link was used before, is too old, or is not one of this server since its start.",
      );
    },
  };
}
