/** Asks questions in a terminal, for the tests of the prompts: `asking.js GATE KIND…` waits for the file GATE/N before question N. */

import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { MailError } from '../../src/errors.js';
import { lookOf } from '../../src/terminal/look.js';
import { type Ask, terminalPrompts } from '../../src/terminal/prompts.js';
import { waitingLine } from '../../src/terminal/waiting.js';

const SITES = [
  { name: 'aberdeen', value: 'aberdeen', about: 'Granite Physio' },
  { name: 'brighton', value: 'brighton', about: 'Pier Osteopathy' },
  { name: 'cardiff', value: 'cardiff', about: 'Bay Physio' },
];

const notNo = (answer: string) => (answer === 'no' ? 'Not that.' : null);

const ASK: Readonly<Record<string, (prompts: Ask) => Promise<unknown>>> = {
  confirm: (prompts) => prompts.confirm('Sure?'),
  text: (prompts) => prompts.text('Reference:', notNo),
  secret: (prompts) => prompts.secret('Password:', notNo),
  typed: (prompts) => prompts.typed('Type the name of the site:', 'harbour-physio'),
  choose: (prompts) => prompts.choose('Which one?', SITES),
  find: (prompts) => prompts.find('Which site?', SITES),
  enter: (prompts) => prompts.pressEnter('Press Enter to go on'),
  late: (prompts) => {
    const ending = new AbortController();
    const late = () => ending.abort(new MailError('sign-in-timeout', 'Too late.', ''));
    void isOpen('late').then(late);
    return prompts.until(ending.signal).confirm('In time?');
  },
  wait: async () => {
    const end = waitingLine(process, look).start('Working');
    await isOpen('late');
    end();
  },
};

const [gate = '', ...kinds] = process.argv.slice(2);
const look = lookOf(process.env, process.argv.includes('--no-color'));
// A terminal that has gone takes no words.
process.stderr.on('error', () => undefined);
const stopping = new AbortController();
process.on('SIGINT', () => stopping.abort());
process.on('SIGHUP', () => undefined);
const { stdin, stderr } = process;
const prompts = terminalPrompts({ stdin, stderr }, look, () => undefined, stopping.signal);

try {
  for (const [index, kind] of kinds.entries()) {
    stderr.write(`Waiting ${index}\n`);
    await isOpen(String(index));
    const answer = await ASK[kind]?.(prompts);
    stderr.write(`Answer ${index}: ${JSON.stringify(answer ?? null)}\n`);
  }
  stderr.write(stdin.isRaw ? 'The terminal is still raw\n' : 'End\n');
} catch (error) {
  const code = error instanceof MailError ? error.code : String(error);
  writeFileSync(`${gate}/ended-on`, code);
  stderr.write(`${code}\n`);
  process.exitCode = 130;
}

/** Until the test lets it go on. */
async function isOpen(name: string): Promise<void> {
  while (!existsSync(`${gate}/${name}`) && !stopping.signal.aborted) await sleep(10);
}
