/** Rows as CSV (RFC 4180). */

/** One row, without its line end; anything that a spreadsheet would take for a formula is marked as text. */
export function csvRow(cells: readonly string[]): string {
  return cells
    .map((cell) => (/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell))
    .map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',');
}
