/** The rows that could not be imported, as they were, to be corrected and imported again. */

import { csvText } from './csv.js';
import type { Row, RowFile } from './rows.js';

/** The text of a file of rejects: in the form that the imported file had. */
export function rejectsText({ header, delimiter }: RowFile, rows: readonly Row[]): string {
  if (header === null) {
    return `${JSON.stringify(
      rows.map(({ raw }) => raw),
      null,
      2,
    )}\n`;
  }
  const lines = [header, ...rows.map(({ raw }) => raw as readonly string[])];
  return csvText(lines, delimiter);
}
