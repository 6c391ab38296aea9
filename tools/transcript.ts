/** The README's transcript of a plain switch: between two markers, exactly as the program wrote it. */

const START = '<!-- transcript: written by `npm run transcript` -->';
const END = '<!-- /transcript -->';

/**
 * A README with its transcript updated.
 *
 * @throws Error unless both markers are there, once each and in this order
 */
export function withTranscript(readme: string, lines: readonly string[]): string {
  const [before, rest, ...more] = readme.split(START);
  const [, after, ...still] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined || more.length + still.length > 0) {
    throw new Error(`README.md must hold ${START} and ${END} once each, in this order`);
  }
  const block = ['```console', '$ writeupp-mail migrate', ...lines, '```'].join('\n');
  return `${before}${START}\n\n${block}\n\n${END}${after}`;
}
