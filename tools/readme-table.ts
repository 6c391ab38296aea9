/** The README's troubleshooting table: written between two markers, from the program's own tables. */

import { troubleshootingTable } from './error-guide.js';

const START = '<!-- troubleshooting: written by `npm run docs` -->';
const END = '<!-- /troubleshooting -->';

/**
 * A README with its table brought up to date.
 *
 * @throws Error if the markers are not there, once each and in this order
 */
export function withTroubleshootingTable(readme: string): string {
  const [before, rest, ...more] = readme.split(START);
  const [, after, ...still] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined || more.length + still.length > 0) {
    throw new Error(`README.md must hold ${START} and ${END} once each, in this order`);
  }
  return `${before}${START}\n\n${troubleshootingTable()}\n\n${END}${after}`;
}
