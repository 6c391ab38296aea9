/** The rows that could not be imported, as they were, to be corrected and imported again. */

import type { Row, RowFile } from './rows.js';

/** The text of a file of rejects: in the form that the imported file had. */
export function rejectsText(
  { before, between, after }: RowFile['form'],
  rows: readonly Row[],
): string {
  if (rows.length === 0 && before !== '') return before.startsWith('[') ? '[]\n' : before;
  return `${before}${rows.map(({ raw }) => raw).join(between)}${rows.length === 0 ? '' : after}`;
}
