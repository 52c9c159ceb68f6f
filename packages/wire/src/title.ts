/** The title a conversation has until somebody gives it one. */

/** What is looked at: a message may be a megabyte without a space. */
const beginning = 2_000;

/** First words of a message, for a title: one line, at most 60 characters, cut at a word. */
export function titleOf(text: string): string {
  const line = text.trimStart().slice(0, beginning).trimEnd().split(/\s+/u).slice(0, 16).join(" ");
  const points = [...line];
  if (points.length <= 60) return line;
  const cut = points.slice(0, 59).join("");
  return `${cut.slice(0, cut.lastIndexOf(" ") > 30 ? cut.lastIndexOf(" ") : undefined)}…`;
}
