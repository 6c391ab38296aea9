/** A plain `migrate` in a terminal of 80 columns, as it finally looks: for the README, and to be counted. */

import { playPerson } from '../stand-in/person.js';
import { type GoogleStandIn, startGoogle } from '../stand-in/stand-in.js';
import { PROGRAM } from './program.js';
import { shownBy } from './screen.js';
import { KEY, startInTerminal } from './terminal.js';
import { ACCOUNT, newWorkspace } from './workspace.js';

const COLUMNS = 80;

/** What differs between runs, and what replaces it. */
const CHANGING: readonly (readonly [RegExp, string])[] = [
  [/http:\/\/127\.0\.0\.1:\d+\/start\/[\w-]+/, 'http://127.0.0.1:49200/start/Zx3T…'],
  [/\b[A-Z]{3}-\d{3}\b/, 'KTM-472'],
  [/\d+ [A-Z][a-z]+ 20\d\d(?=$)/, '25 November 2026'],
];

/** The lines, starting with the first step. Needs `script`. @throws Error if the switch fails */
export async function plainSwitch(program = PROGRAM): Promise<string[]> {
  await using google = await startGoogle();
  const workspace = await newWorkspace(google, { program, env: { NODE_OPTIONS: undefined } });
  try {
    if ((await workspace.addSite()).code !== 0) throw new Error('the site could not be added');
    const terminal = startInTerminal(['migrate'], {
      env: workspace.env,
      program,
      columns: COLUMNS,
    });
    await terminal.answer('Press Enter to open it in your browser:', '');
    await playPerson(await workspace.nextUrl(), { account: ACCOUNT });
    await terminal.see('Type its reference');
    terminal.type(`${lastReference(google)}${KEY.enter}`);
    const { code, raw, screen } = await terminal.ended;
    if (code !== 0) throw new Error(`the switch ended with ${code}:\n${screen}`);
    const lines = await shownBy(raw, COLUMNS);
    // Before the first step come lines that only a rehearsal shows.
    return lines.slice(lines.findIndex((line) => line.startsWith('✓'))).map(settled);
  } finally {
    await workspace.remove();
  }
}

/** The reference in the last message sent. */
export function lastReference(google: GoogleStandIn, id?: string): string {
  const message = google.messages.findLast((one) => id === undefined || one.id === id);
  const [reference = ''] = /[A-Z]{3}-\d{3}/.exec(message?.parsed.text ?? '') ?? [];
  return reference;
}

function settled(line: string): string {
  return CHANGING.reduce((text, [pattern, instead]) => text.replace(pattern, instead), line);
}
