/** Rows as CSV (RFC 4180). */

export function csvText(rows: readonly (readonly string[])[], delimiter: string): string {
  const cellOf = cellFor(delimiter);
  return rows.map((cells) => `${cells.map(cellOf).join(delimiter)}\r\n`).join('');
}

/** RFC 4180 2.6 and 2.7. */
function cellFor(delimiter: string): (cell: string) => string {
  return (cell) =>
    cell.includes(delimiter) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
