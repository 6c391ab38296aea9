/** Lines on a terminal: what hangs under what, commands that stay whole, and colours that take no room. */

import { stripVTControlCharacters } from 'node:util';
import { expect, test } from '@jest/globals';
import { commandLine, siteCommand, withCommandApart } from '../../src/text/command-line.js';
import { prepareToWrap, wrapLines } from '../../src/text/wrap.js';

const terminal = (columns: number) => ({ isTTY: true, columns });
const fold = async (line: string, columns: number) => {
  await prepareToWrap(terminal(columns));
  return wrapLines([line], terminal(columns));
};

test.each([80, 40])(
  'hang under the words, with and without colours (%d columns)',
  async (width) => {
    const words =
      'The SMTP settings take precedence over the Gmail connection. Email still goes by SMTP and can fail.';
    const plain = await fold(`  ! ${words}`, width);
    const coloured = await fold(`  \u001b[33m!\u001b[39m ${words}`, width);
    expect(plain.length).toBeGreaterThan(1);
    for (const line of plain.slice(1)) expect(line).toMatch(/^ {4}\S/);
    for (const line of plain) expect(line.length).toBeLessThanOrEqual(width);
    expect(coloured.map((line) => stripVTControlCharacters(line))).toEqual(plain);
  },
);

test('keep a command whole, and a long address too', async () => {
  const command = `    ${commandLine('site set', 'harbour-physio', '--smtp-user', 'NAME', '--smtp-password-stdin')}`;
  expect(await fold(command, 40)).toEqual([command]);
  const address = `https://accounts.example/${'a'.repeat(90)}`;
  expect((await fold(`  Open ${address}`, 40)).join('\n')).toContain(address);
});

test('stay as they are off a terminal', () => {
  expect(wrapLines(['word '.repeat(60)], { columns: 40 })).toEqual(['word '.repeat(60)]);
});

test('a command at the end of a line stands on one of its own', () => {
  expect(withCommandApart('  Store it: writeupp-mail site set x')).toEqual([
    '  Store it:',
    '    writeupp-mail site set x',
  ]);
  expect(withCommandApart('  Update writeupp-mail on this computer.')).toHaveLength(1);
});

test('a name is quoted only where a shell needs it', () => {
  expect(siteCommand('migrate', 'harbour-physio')).toBe(
    'writeupp-mail migrate --site harbour-physio',
  );
  expect(siteCommand('migrate', "O'Brien & Sons")).toBe(
    'writeupp-mail migrate --site "O\'Brien & Sons"',
  );
  expect(siteCommand('migrate', '$(rm)')).toBe('writeupp-mail migrate --site NAME');
  expect(siteCommand('migrate', undefined)).toBe('writeupp-mail migrate');
});
