/** Which addresses a link of a model may lead to: absolute ones of the web and of mail. Everything else is text. */

const allowed: ReadonlySet<string> = new Set(["http:", "https:", "mailto:"]);

/** The address as the browser would open it (a foreign script in a host name shows as punycode), or undefined. */
export function safeLink(href: string): string | undefined {
  // What URL parsers drop silently is how `java\nscript:` gets past a look at the text; no honest address holds it.
  if (/[\p{C}\p{Z}]/u.test(href) || !URL.canParse(href)) return undefined;
  const url = new URL(href);
  if (!allowed.has(url.protocol)) return undefined;
  if (url.username !== "" || url.password !== "") return undefined; // https://bank.example@evil.example
  return url.href;
}
