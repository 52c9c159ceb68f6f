/** What the gate counts: wrong tokens by address, requests by credential. */
import { isIPv4, isIPv6 } from "node:net";
import { type DispatchError, dispatchError } from "@dispatch/wire";
import type { Caller } from "../ports.ts";
import { createRateLimit } from "./rate-limit.ts";

export interface LimitOptions {
  readonly authFailuresPerMinute: number;
  readonly requestsPer10Seconds: number;
  readonly now: () => number;
}

/** Each gives what to refuse with, or undefined. */
export interface Limits {
  /** Before a token is looked at: too many from this address were wrong. */
  barred(address: string | undefined): DispatchError | undefined;
  /** Counts a wrong token. */
  failed(address: string | undefined): DispatchError | undefined;
  /** Counts a request. */
  request(address: string | undefined, caller: Caller | undefined): DispatchError | undefined;
}

export function createLimits({ authFailuresPerMinute, requestsPer10Seconds, now }: LimitOptions): Limits {
  const failures = createRateLimit({ limit: authFailuresPerMinute, windowMs: 60_000, now });
  const requests = createRateLimit({ limit: requestsPer10Seconds, windowMs: 10_000, now });
  return {
    // All programs of this machine share its loopback address: one that keeps on sending an old token must not lock out
    // the others, and tokens are far too long to be found by trying.
    barred(address) {
      const key = addressKey(address);
      return key === loopback ? undefined : refusal(tooManyFailures, failures.wait(key));
    },
    failed: (address) => refusal(tooManyFailures, failures.take(addressKey(address))),
    request: (address, caller) =>
      refusal(
        tooManyRequests,
        requests.take(caller ? `credential ${caller.credential}` : addressKey(address)),
      ),
  };
}

const tooManyFailures = "Too many wrong tokens came from this address.";
const tooManyRequests = "Too many requests came at once.";

const refusal = (detail: string, retryAfterMs: number): DispatchError | undefined =>
  retryAfterMs > 0 ? dispatchError("too-many-requests", detail, { retryAfterMs }) : undefined;

const loopback = "loopback";

/** One key for this machine, one for each IPv4 address and each IPv6 network of 64 bits, since a host has all of its network. */
export function addressKey(address = ""): string {
  const plain = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "");
  if (plain === "::1" || (isIPv4(plain) && plain.startsWith("127."))) return loopback;
  if (!isIPv6(plain)) return plain;
  const [head = "", tail] = (plain.split("%", 1)[0] ?? "").split("::");
  const groups = (text: string | undefined): string[] => (text ? text.split(":") : []);
  const zeros = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(Math.max(0, zeros)).fill("0"), ...groups(tail)];
  return `${all.slice(0, 4).join(":")}::/64`;
}
