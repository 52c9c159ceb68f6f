/** Lines out of pieces of text: work in the size of the text, however long a line is and however small the pieces are. */

export interface Lines {
  push(text: string): void;
  /** The text is over: what is left is the last line, if there is anything left. */
  end(): void;
}

/** `take` gets each line without its end. */
export function splitLines(take: (line: string) => void): Lines {
  let pieces: string[] = [];
  const flush = (): void => {
    const line = pieces.join("");
    pieces = [];
    take(line);
  };
  return {
    push(text) {
      let from = 0;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
        pieces.push(text.slice(from, end));
        flush();
        from = end + 1;
      }
      if (from < text.length) pieces.push(text.slice(from));
    },
    end() {
      if (pieces.length > 0) flush();
    },
  };
}
