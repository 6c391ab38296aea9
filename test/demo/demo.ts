/** `npm run demo`: a whole switch from SMTP to Gmail, with a stand-in for Google and a practice that is made up. */

import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { canOpenBrowser } from '../../src/sign-in/surroundings.js';
import type { SentMessage } from '../google/post-office.js';
import { type GoogleStandIn, startGoogle } from '../google/stand-in.js';
import { type DemoComputer, newDemoComputer } from './computer.js';
import { letterLines, say, title } from './narration.js';
import { playTheBrowser } from './played-browser.js';

const SITE = 'harbour-physio';
const ACCOUNT = 'info@harbour-physio.example';
const LOGIN = 'jane@harbour-physio.example';

/** Is a person at the keyboard, and does a browser that opens here show on their screen? */
const isInteractive = process.stdin.isTTY && process.stdout.isTTY && process.stderr.isTTY;
const hasBrowser = isInteractive && canOpenBrowser(process.env, process.platform);

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => stopping.abort());
}

process.exitCode = await demonstrate();

/** Runs the demonstration and gives its exit code. What was made for it is gone afterwards, also after Ctrl-C. */
async function demonstrate(): Promise<0 | 1> {
  const google = await startGoogle({ onMessage: showArrival });
  const computer = await newDemoComputer(google);
  try {
    introduce();
    await addPractice(computer);
    const code = await migrate(google, computer);
    if (code !== 0) return stopped(code);
    title('How email goes out now');
    if ((await computer.run(['status'], stopping.signal)) !== 0) return 1;
    say([
      '',
      'That was the whole switch. The practice, its settings and its messages are gone again now.',
      'For your own practice, see "The first migration, in five lines" in the README.',
    ]);
    return 0;
  } finally {
    await google.close();
    await rm(computer.folder, { recursive: true, force: true });
  }
}

function introduce(): void {
  title('A practice moves its email from SMTP to Gmail');
  say([
    'This is a demonstration. Nothing here is real: not the practice, not its password, not Google.',
    'A stand-in for Google runs on this computer. No email leaves it, and no network is needed.',
    'The program is the real one. Everything it keeps goes into a folder that is deleted at the end.',
  ]);
}

async function addPractice(computer: DemoComputer): Promise<void> {
  title('Before: Harbour Physio sends through an SMTP server with a stored password');
  const options = ['--organisation', 'Harbour Physio', '--login', LOGIN];
  const smtp = ['--smtp-host', 'smtp.gmail.com', '--smtp-user', ACCOUNT, '--smtp-password-stdin'];
  const password = randomBytes(12).toString('base64url');
  const code = await computer.run(['site', 'add', SITE, ...options, ...smtp], stopping.signal, {
    input: password,
  });
  if (code !== 0) throw new Error(`site add ended with exit code ${code}`);
}

async function migrate(google: GoogleStandIn, computer: DemoComputer): Promise<number> {
  title('The switch');
  if (hasBrowser) {
    say([
      'Your browser will show a page that stands in for Google.',
      'Tick the box "Send email on your behalf" there, and press Allow.',
    ]);
  } else {
    say([
      'No browser can be shown to you here, so the demonstration plays the person at the browser:',
      `it signs in as ${ACCOUNT}, ticks the box for sending, and presses Allow.`,
    ]);
  }
  say([
    isInteractive
      ? 'The program will ask for the reference in the test message: you will see the message here.'
      : 'Nobody can be asked here, so --yes is given: that Gmail accepts the test message is enough.',
    '',
  ]);
  const args = ['migrate', ...(isInteractive ? [] : ['--yes'])];
  if (hasBrowser) return computer.run(args, stopping.signal, { keyboard: true });
  await using browser = await playTheBrowser(computer.folder, ACCOUNT, google.url);
  // Awaited: the browser is put away when this function ends.
  return await computer.run(args, stopping.signal, { keyboard: isInteractive, env: browser.env });
}

/** Shows a message as the recipient finds it. */
function showArrival({ parsed, deliveredTo }: SentMessage): void {
  say(['', ...letterLines(parsed, deliveredTo.join(', ')), '']);
}

function stopped(code: number): 1 {
  say([
    '',
    code === 130
      ? 'You stopped the demonstration. What was made for it is deleted.'
      : `The switch was not finished (exit code ${code}). The lines above say why.`,
  ]);
  return 1;
}
