/** The help in a window of any width, in memory. */

import { expect, test } from '@jest/globals';
import { COMMAND_NAMES } from '../../src/app/commands.js';
import { runIn, twin } from '../support/twin.js';

async function helpAt(columns: number, ...words: string[]): Promise<string[]> {
  let text = '';
  const stdout = { isTTY: true, columns, write: (part: string) => (text += part) };
  const world = twin();
  const streams = { ...world.streams, stdout: stdout as unknown as NodeJS.WriteStream };
  await runIn({ ...world, streams }, ...words, '--help');
  return text.split('\n');
}

test.each([
  ['the program', []],
  ...COMMAND_NAMES.map((name) => [name, [name]] as [string, string[]]),
])('no word is cut at 40 columns, nor at 80: %s', async (_name, words) => {
  for (const columns of [40, 80]) {
    const lines = await helpAt(columns, ...words);
    expect(lines.length).toBeGreaterThan(5);
    // Commands are copied whole; a single word may be as long as it is.
    const prose = lines.filter(
      (line) => !/^\s+(?:\$|-)|\\$/.test(line) && / \S+ /.test(line.trim()),
    );
    for (const line of prose) expect(line.length).toBeLessThanOrEqual(columns);
  }
});
