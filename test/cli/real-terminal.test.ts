/** The program in a real terminal: what it asks, what the keys do, and what goes where. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { playPerson } from '../google/person.js';
import { type GoogleStandIn, startGoogle } from '../google/stand-in.js';
import { describeWith } from '../support/system-part.js';
import { KEY, startInTerminal, type Terminal } from '../support/terminal.js';
import {
  ACCOUNT,
  LOGIN,
  newWorkspace,
  SITE,
  SMTP_PASSWORD,
  type Workspace,
} from '../support/workspace.js';

const RECEIPT = 'Has the test message arrived? (y/N)';
const UNTOUCHED = 'Your SMTP settings are untouched.';

let google: GoogleStandIn;
let workspace: Workspace;

beforeAll(async () => {
  google = await startGoogle();
});
afterAll(() => google.close());
beforeEach(async () => {
  workspace = await newWorkspace(google);
});
afterEach(() => workspace.remove());

const inTerminal = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Terminal =>
  startInTerminal(args, { env: { ...workspace.env, ...env } });

/** Starts `migrate`; a person finishes the sign-in; the receipt is asked. */
async function migrateToReceipt(): Promise<Terminal> {
  const terminal = inTerminal(['migrate']);
  await terminal.answer('Press Enter', '');
  await playPerson(await workspace.nextUrl(), { account: ACCOUNT });
  await terminal.see(RECEIPT);
  return terminal;
}

describeWith(['script'], 'migrate in a terminal', () => {
  beforeEach(async () => {
    expect((await workspace.addSite()).code).toBe(0);
  });

  test('asks whether the test message arrived; Yes ends on the pathway Gmail', async () => {
    const terminal = await migrateToReceipt();
    terminal.type(`y${KEY.enter}`);
    await terminal.see('5/7');
    await terminal.see('You said that it arrived.');
    await terminal.see('Integrations & Add-Ons');
    await terminal.see('Email goes by Gmail');
    expect((await terminal.ended).code).toBe(0);
    expect(await workspace.record()).toMatchObject({
      smtp: null,
      gmail: { test: { arrival: 'confirmed' } },
    });
  });

  test('takes Enter alone for No; records it; the next run sends a new message', async () => {
    const terminal = await migrateToReceipt();
    terminal.type(KEY.enter);
    const { code, screen } = await terminal.ended;
    expect(code).toBe(3);
    expect(screen).toContain(UNTOUCHED);
    expect(await workspace.record()).toMatchObject({
      smtp: { password: { slot: 'a' } },
      gmail: { test: { arrival: 'denied' } },
    });

    const before = google.messages.length;
    const again = inTerminal(['migrate']);
    await again.answer(RECEIPT, 'y');
    expect((await again.ended).code).toBe(0);
    expect(google.messages).toHaveLength(before + 1);
    expect(await workspace.record()).toMatchObject({ smtp: null });
  });

  test('stops by Ctrl-C while it waits for the browser, and says what is untouched', async () => {
    const terminal = inTerminal(['migrate']);
    await terminal.answer('Press Enter', '');
    await workspace.nextUrl();
    await terminal.see('Google’s sign-in page was opened in your browser.');
    terminal.type(KEY.ctrlC);
    const { code, screen } = await terminal.ended;
    expect(code).toBe(130);
    expect(screen).toContain(UNTOUCHED);
    expect(await workspace.record()).toMatchObject({
      smtp: { password: { slot: 'a' } },
      gmail: null,
    });
  });

  test('stops by Ctrl-C at the question, and goes on from there the next time', async () => {
    const terminal = await migrateToReceipt();
    terminal.type(KEY.ctrlC);
    const { code, screen } = await terminal.ended;
    expect(code).toBe(130);
    expect(screen).toContain(UNTOUCHED);
    expect(await workspace.record()).toMatchObject({
      smtp: { password: { slot: 'a' } },
      gmail: { email: ACCOUNT, test: { arrival: 'unanswered' } },
    });

    const before = google.messages.length;
    const again = inTerminal(['migrate']);
    await again.see('2/7');
    await again.see('(skipped)');
    await again.answer(RECEIPT, 'y');
    expect((await again.ended).code).toBe(0);
    expect(google.messages).toHaveLength(before);
    expect(await workspace.record()).toMatchObject({ smtp: null });
  });

  test('takes the pasted address from a browser on another computer', async () => {
    const terminal = inTerminal(['migrate', '--no-browser']);
    await terminal.see('paste it here.');
    const url = signInAddress(terminal);
    terminal.type(`${url}${KEY.enter}`);
    await terminal.see('This address belongs to another sign-in.');
    await terminal.see('Address:');
    const { finalUrl } = await playPerson(url, { account: ACCOUNT, onAnotherComputer: true });
    terminal.type(`${finalUrl}${KEY.enter}`);
    await terminal.answer(RECEIPT, 'y');
    expect((await terminal.ended).code).toBe(0);
    expect(await workspace.record()).toMatchObject({ smtp: null, gmail: { email: ACCOUNT } });
  });

  test('hears the browser of this computer while it waits for a paste', async () => {
    const terminal = inTerminal(['migrate', '--no-browser']);
    await terminal.see('paste it here.');
    await playPerson(signInAddress(terminal), { account: ACCOUNT });
    await terminal.answer(RECEIPT, 'y');
    expect((await terminal.ended).code).toBe(0);
  });

  test('asks nothing with --json, though there is a terminal', async () => {
    const { code, screen } = await inTerminal(['migrate', '--json']).ended;
    expect(code).toBe(2);
    expect(screen).toContain('"code":"not-interactive"');
    expect(screen).not.toContain('(y/N)');
  });

  test('writes no colours into a file, and still asks on the terminal', async () => {
    const file = join(workspace.folder, 'report.txt');
    const terminal = startInTerminal(['migrate'], { env: workspace.env, stdoutTo: file });
    await terminal.answer('Press Enter', '');
    await playPerson(await workspace.nextUrl(), { account: ACCOUNT });
    await terminal.answer(RECEIPT, 'y');
    expect((await terminal.ended).code).toBe(0);
    const report = await readFile(file, 'utf8');
    expect(report).toContain('✓ 7/7');
    expect(report).not.toContain('\x1b');
    expect(report).not.toContain('Has the test message arrived?');
  });

  test('asks before it reverts; Enter alone is No', async () => {
    const no = inTerminal(['revert-smtp']);
    await no.answer('Revert to WriteUpp Mail Server? (y/N)', '');
    const said = await no.ended;
    expect(said.code).toBe(3);
    expect(said.screen).toContain(UNTOUCHED);
    expect(await workspace.record()).toMatchObject({ smtp: { password: { slot: 'a' } } });

    const yes = inTerminal(['revert-smtp']);
    await yes.answer('Revert to WriteUpp Mail Server? (y/N)', 'y');
    expect((await yes.ended).code).toBe(0);
    expect(await workspace.record()).toMatchObject({ smtp: null });
  });
});

describeWith(['script'], 'sites in a terminal', () => {
  test('asks for everything about a new site, and never shows the password', async () => {
    const terminal = inTerminal(['site', 'add']);
    await answerAboutSite(terminal);
    await terminal.answer(`SMTP password of ${ACCOUNT}`, SMTP_PASSWORD);
    const { code, screen } = await terminal.ended;
    expect(code).toBe(0);
    expect(screen).toContain('is on record now');
    expect(screen).not.toContain(SMTP_PASSWORD);
    expect(await workspace.record()).toMatchObject({
      name: SITE,
      organisation: 'Harbour Physio',
      login: LOGIN,
      smtp: { host: 'smtp.gmail.com', port: 587, user: ACCOUNT, password: { slot: 'a' } },
    });
  });

  test('asks again for an address that is none', async () => {
    const terminal = inTerminal(['site', 'add', SITE]);
    await terminal.answer('Name of the practice', 'Harbour Physio');
    await terminal.answer('WriteUpp login', 'jane');
    await terminal.see('> ');
    terminal.type(KEY.ctrlC);
    expect((await terminal.ended).code).toBe(130);
    expect(await workspace.record()).toBeNull();
  });

  test('offers to add the first site, asking for no password, and goes on with it', async () => {
    const terminal = inTerminal(['status']);
    await terminal.answer('No site is on record on this computer yet. Add one now? (Y/n)', '');
    await answerAboutSite(terminal);
    await terminal.see(`Integrations & Add-Ons: ${SITE}`);
    expect((await terminal.ended).code).toBe(0);
  });

  test('asks which server is meant by a name that is nearly a usual one', async () => {
    await workspace.addSite();
    const terminal = inTerminal(['site', 'set', '--smtp-host', 'smtp.gmial.com']);
    await terminal.answer('Did you mean smtp.gmail.com? (You gave smtp.gmial.com.) (Y/n)', '');
    expect((await terminal.ended).code).toBe(0);
    expect(await workspace.record()).toMatchObject({ smtp: { host: 'smtp.gmail.com' } });
  });

  test('lets the person choose among several sites', async () => {
    await workspace.addSite('aberdeen');
    await workspace.addSite('brighton');
    const terminal = inTerminal(['status']);
    await terminal.see('Which site?');
    await terminal.see('brighton (Harbour Physio)');
    terminal.type('bri');
    await terminal.see('bri ❯ brighton');
    terminal.type(KEY.enter);
    await terminal.see('Integrations & Add-Ons: brighton');
    expect((await terminal.ended).code).toBe(0);
  });

  test('asks for the passphrase of a new vault twice, and of an old one once', async () => {
    const unset = { WRITEUPP_MAIL_PASSPHRASE: undefined };
    const passphrase = 'typed by a person';
    const adding = inTerminal(['site', 'add', SITE], unset);
    await answerAboutSite(adding);
    await adding.answer(`SMTP password of ${ACCOUNT}`, SMTP_PASSWORD);
    await adding.answer('Choose a passphrase for the vault', 'short');
    await adding.see('Please use 8 characters or more.');
    adding.type('\x15'); // Ctrl-U: the whole line is taken back.
    adding.type(`${passphrase}${KEY.enter}`);
    await adding.answer('Type it once more:', passphrase);
    expect((await adding.ended).code).toBe(0);

    const reverting = inTerminal(['revert-smtp', '--yes'], unset);
    await reverting.answer('Passphrase of the vault:', passphrase);
    const { code, screen } = await reverting.ended;
    expect(code).toBe(0);
    expect(screen).not.toContain(passphrase);
  });
});

/** Answers everything about a site whose email goes through Google. */
async function answerAboutSite(terminal: Terminal): Promise<void> {
  await terminal.answer('Name of the practice, as patients see it:', 'Harbour Physio');
  await terminal.answer('WriteUpp login', LOGIN);
  await terminal.answer('Email address that patients see', ACCOUNT);
  await terminal.answer('go through Google now (Gmail or Google Workspace)? (Y/n)', '');
}

function signInAddress(terminal: Terminal): string {
  const address = new RegExp(`^${google.url}/\\S+`, 'm').exec(terminal.screen())?.[0];
  if (address === undefined) throw new Error('no address on the screen');
  return address;
}
