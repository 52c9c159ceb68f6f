/** Rows of text as aligned columns. */

/** Two spaces between columns, nothing after the last. Cells are one line each: control characters, and those that turn others around, become spaces. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const clean = rows.map((row) =>
    row.map((cell) => cell.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, " ")),
  );
  const widths: number[] = [];
  for (const row of clean) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return clean.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
