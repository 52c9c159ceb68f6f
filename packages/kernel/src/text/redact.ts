/** Finds known secrets in text, whole or in pieces: both ways give the same result. */
import type { Redaction, RedactionStream } from "../contracts/redaction.ts";

const mark = "[redacted]";

/** What `secrets` gives is asked for anew when its size changes; values are literal, none empty. */
export function createRedaction(secrets: () => ReadonlySet<string>): Redaction {
  let known: readonly string[] = [];
  let size = -1;
  let longest = 0;
  let firsts = new Set<string>();

  /** Longest first: of two that begin at one place the longer one is meant. */
  function forms(): readonly string[] {
    const now = secrets();
    if (now.size !== size) {
      size = now.size;
      known = [...now].sort((a, b) => b.length - a.length);
      longest = known[0]?.length ?? 0;
      firsts = new Set(known.map((form) => form.charAt(0)));
    }
    return known;
  }

  function stream(): RedactionStream {
    let held = "";
    function take(text: string, last: boolean): string {
      const all = forms();
      if (all.length === 0) return text;
      let out = "";
      let from = 0;
      for (let at = 0; at < text.length; at++) {
        if (!firsts.has(text.charAt(at))) continue;
        const rest = text.length - at;
        // A longer form may still be completed by what comes next: wait for it.
        if (
          !last &&
          rest < longest &&
          all.some((form) => form.length > rest && form.startsWith(text.slice(at)))
        ) {
          held = text.slice(at);
          return out + text.slice(from, at);
        }
        const found = all.find((form) => text.startsWith(form, at));
        if (found === undefined) continue;
        out += text.slice(from, at) + mark;
        at += found.length - 1;
        from = at + 1;
      }
      return from === 0 ? text : out + text.slice(from);
    }
    return {
      push(text) {
        const whole = held + text;
        held = "";
        return take(whole, false);
      },
      end() {
        const rest = held;
        held = "";
        return rest === "" ? "" : take(rest, true);
      },
    };
  }

  return {
    text(text) {
      const whole = stream();
      const begin = whole.push(text);
      const end = whole.end();
      return end === "" ? begin : begin + end;
    },
    stream,
  };
}
