/** Follows redirects, each checked like the first address. */
import { checkUrl } from "./checked-url.ts";
import { Refusal } from "./refusal.ts";
import type { Fetched } from "./request.ts";

export interface Final {
  readonly url: URL;
  readonly answer: Fetched;
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** The first answer that is no redirect. Throws a Refusal for one redirect too many, or one that leads where none may. */
export async function follow(
  first: URL,
  limits: { readonly maxRedirects: number; readonly allowPrivate: boolean },
  send: (url: URL) => Promise<Fetched>,
): Promise<Final> {
  let url = first;
  for (let followed = 0; ; followed++) {
    const answer = await send(url);
    const { location } = answer.headers;
    if (!redirects.has(answer.status) || typeof location !== "string") return { url, answer };
    answer.drop();
    if (followed === limits.maxRedirects) {
      throw new Refusal(`${first.href} leads on and on: more than ${limits.maxRedirects} redirects.`);
    }
    url = checkUrl(location, limits.allowPrivate, url.href);
  }
}
