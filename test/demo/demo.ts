/**
 * `npm run demo`: a whole switch from SMTP to Gmail, with a stand-in for Google and a practice that is made up.
 * `npm run demo -- --settings`: the same where the settings are WriteUpp’s own, behind a backend that stands in for it.
 */

import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { canOpenBrowser } from '../../src/sign-in/surroundings.js';
import { settingsRows } from '../settings-api/page.js';
import { SettingsApi } from '../settings-api/settings-api.js';
import type { SentMessage } from '../stand-in/post-office.js';
import { type GoogleStandIn, startGoogle } from '../stand-in/stand-in.js';
import { type DemoComputer, newDemoComputer } from './computer.js';
import { letterLines, say, title } from './narration.js';
import { playTheBrowser } from './played-browser.js';

const SITE = 'harbour-physio';
const ACCOUNT = 'info@harbour-physio.example';
const LOGIN = 'jane@harbour-physio.example';

/** Is a person at the keyboard, and does a browser that opens here show on their screen? */
const isInteractive = process.stdin.isTTY && process.stdout.isTTY && process.stderr.isTTY;
const hasBrowser = isInteractive && canOpenBrowser(process.env, process.platform);

/** WriteUpp’s own settings, instead of records of the program’s. */
const hasSettings = process.argv.includes('--settings');

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => stopping.abort());
}

process.exitCode = await demonstrate();

/** Runs the demonstration and gives its exit code. What was made for it is gone afterwards, also after Ctrl-C. */
async function demonstrate(): Promise<0 | 1> {
  const google = await startGoogle({ onMessage: showArrival });
  const api = hasSettings ? await newSettings() : null;
  const store =
    api === null ? {} : { WRITEUPP_MAIL_STORE: api.url, WRITEUPP_MAIL_STORE_TOKEN: api.token };
  const computer = await newDemoComputer(google, store);
  try {
    introduce();
    if (api === null) await addPractice(computer);
    else showSettings(api, 'Before: WriteUpp’s own settings');
    const code = await migrate(google, computer);
    if (code !== 0) return stopped(code);
    title('How email goes out now');
    if ((await computer.run(['status'], stopping.signal)) !== 0) return 1;
    if (api !== null) showSettings(api, 'After: WriteUpp’s own settings, without the SMTP row');
    say([
      '',
      'That was the whole switch. The practice, its settings and its messages are gone again now.',
      'For your own practice, see "The first migration, in five lines" in the README.',
    ]);
    return 0;
  } finally {
    await google.close();
    await api?.close();
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

/** A backend with the practice, as WriteUpp would have it. */
async function newSettings(): Promise<SettingsApi> {
  const api = await new SettingsApi({ token: randomBytes(24).toString('base64url') }).listen();
  api.put({
    ...{ name: SITE, organisation: 'Harbour Physio', organisationEmail: null, login: LOGIN },
    ...{ sendAs: null, account: null },
    smtp: { host: 'smtp.gmail.com', port: 587, security: 'starttls', user: ACCOUNT, from: null },
  });
  return api;
}

function showSettings(api: SettingsApi, heading: string): void {
  title(heading);
  const rows = settingsRows(api.sites.get(SITE) ?? {});
  say([
    'Integrations & Add-Ons',
    ...rows.map(([label, value]) => `  ${label.padEnd(6)} ${value}`),
    ...(hasBrowser ? ['', `The same as a page: ${api.url}/sites/${SITE}`] : []),
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
