/** A name for a browser from its User-Agent, so that a person knows which one to log out. Says nothing that is not there. */

const programs: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, "Edge"],
  [/\bFirefox\/|\bFxiOS\//, "Firefox"],
  [/\bOPR\//, "Opera"],
  [/\bHeadlessChrome\/|\bChrome\/|\bCriOS\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMacintosh\b|\bMac OS X\b/, "Mac"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];

export function browserName(userAgent = ""): string {
  const first = (table: typeof programs) => table.find(([pattern]) => pattern.test(userAgent))?.[1];
  const program = first(programs) ?? "A browser";
  const system = first(systems);
  return system === undefined ? program : `${program} on ${system}`;
}
