/** The switch in the README is what a terminal of 80 columns shows, line for line. */

import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { playPerson } from '../google/person.js';
import { startGoogle } from '../google/stand-in.js';
import { shownBy } from '../support/screen.js';
import { describeWith } from '../support/system-part.js';
import { KEY, startInTerminal } from '../support/terminal.js';
import { ACCOUNT, newWorkspace } from '../support/workspace.js';

const COLUMNS = 80;

describeWith(['script'], 'the README', () => {
  test('shows migrate as it looks (if not: copy what is received here)', async () => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    const [, transcript = ''] = /\$ writeupp-mail migrate\n([\s\S]*?)\n```/.exec(readme) ?? [];
    const shown = await aSwitch();
    expect(transcript.split('\n').map(alike)).toEqual(shown.map(alike));
  });
});

async function aSwitch(): Promise<string[]> {
  const google = await startGoogle();
  const workspace = await newWorkspace(google);
  try {
    await workspace.addSite();
    const terminal = startInTerminal(['migrate'], { env: workspace.env, columns: COLUMNS });
    await terminal.answer('Press Enter', '');
    await playPerson(await workspace.nextUrl(), { account: ACCOUNT });
    await terminal.see('Type its reference');
    const [reference = ''] = /[A-Z]{3}-\d{3}/.exec(google.messages[0]?.parsed.text ?? '') ?? [];
    terminal.type(`${reference}${KEY.enter}`);
    return await shownBy((await terminal.ended).raw, COLUMNS);
  } finally {
    await workspace.remove();
    await google.close();
  }
}

/** What differs from run to run. */
function alike(line: string): string {
  return line
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replace(/start\/\S+/, 'start/…')
    .replace(/[A-Z]{3}-\d{3}(?=$)/, 'ABC-123')
    .replace(/\d+ [A-Z][a-z]+ 20\d\d/, 'DAY');
}
