/** Every question at a terminal: Ctrl-C and Ctrl-D cancel it, nothing is changed, and it is said. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { playPerson } from '../stand-in/person.js';
import { lastReference } from '../support/plain-switch.js';
import type { Stage } from '../support/prepared.js';
import { describeWith } from '../support/system-part.js';
import { KEY, startInTerminal, type Terminal } from '../support/terminal.js';
import { useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT, LOGIN, SITE, type Workspace } from '../support/workspace.js';
import { ENTER, giveReference, migrateToReceipt, RECEIPT } from './migrate-at-terminal.js';

const { google, prepared } = useStandIn();

const start = (workspace: Workspace, ...args: readonly string[]) =>
  startInTerminal(args, { env: workspace.env, columns: 80 });

/** Where a question is asked, and how a person gets there. */
interface Way {
  readonly stage: Stage;
  readonly question: string;
  go(workspace: Workspace): Promise<Terminal>;
}

const ADDING: readonly (readonly [question: string, answer: string])[] = [
  ['Add one now?', ''],
  ['Name of the practice', 'Harbour Physio'],
  ['WriteUpp login', LOGIN],
  ['Email address that patients see', ACCOUNT],
  ['go through Google now', 'n'],
  ['SMTP server in WriteUpp’s settings', 'smtp.gmial.com'],
  ['Did you mean smtp.gmail.com?', ''],
];

const WAYS: readonly Way[] = [
  ...ADDING.map(([question], at) => ({
    stage: 'empty' as const,
    question,
    async go(workspace: Workspace) {
      const terminal = start(workspace, 'migrate');
      for (const [before, answer] of ADDING.slice(0, at)) await terminal.answer(before, answer);
      return terminal;
    },
  })),
  { stage: 'smtp', question: ENTER, go: async (workspace) => start(workspace, 'migrate') },
  {
    stage: 'smtp',
    question: `${LOGIN} signed in, but ${ACCOUNT} was expected.`,
    async go(workspace) {
      const terminal = start(workspace, 'sign-in');
      await playPerson(await workspace.nextUrl(), { account: LOGIN });
      return terminal;
    },
  },
  {
    stage: 'smtp',
    question: 'Sign in again?',
    async go(workspace) {
      const terminal = start(workspace, 'sign-in');
      await playPerson(await workspace.nextUrl(), { account: ACCOUNT, decision: 'cancel' });
      return terminal;
    },
  },
  {
    stage: 'smtp',
    question: 'What did Google’s page say?',
    go: async (workspace) => start(workspace, 'sign-in', '--timeout', '1'),
  },
  {
    stage: 'smtp',
    question: 'Address:',
    go: async (workspace) => start(workspace, 'sign-in', '--no-browser'),
  },
  { stage: 'tested', question: RECEIPT, go: async (workspace) => start(workspace, 'migrate') },
  {
    stage: 'tested',
    question: 'What now?',
    async go(workspace) {
      const terminal = start(workspace, 'migrate');
      await terminal.answer(RECEIPT, '');
      return terminal;
    },
  },
  {
    stage: 'tested',
    question: 'Send it to which address?',
    async go(workspace) {
      const terminal = start(workspace, 'migrate');
      await terminal.answer(RECEIPT, '');
      await terminal.see('What now?');
      terminal.type(KEY.down + KEY.enter);
      return terminal;
    },
  },
  {
    stage: 'smtp',
    question: 'type the name of the site',
    go: async (workspace) => start(workspace, 'revert-smtp'),
  },
  {
    stage: 'tested',
    question: 'Revert to WriteUpp Mail Server?',
    go: async (workspace) => start(workspace, 'revert-smtp'),
  },
  {
    stage: 'connected',
    question: `Sign out ${ACCOUNT}?`,
    go: async (workspace) => start(workspace, 'sign-out'),
  },
  { stage: 'smtp', question: '(y/N)', go: async (workspace) => start(workspace, 'site', 'remove') },
];

describeWith(['script'], 'a question', () => {
  const cases = WAYS.flatMap((way) => [
    { ...way, name: 'Ctrl-C', key: KEY.ctrlC },
    { ...way, name: 'Ctrl-D', key: KEY.ctrlD },
  ]);

  test.each(cases)('$question $name', async ({ stage, question, go, key }) => {
    const workspace = await prepared.at(stage);
    const before = await workspace.record();
    const terminal = await go(workspace);
    await terminal.see(question);
    terminal.type(key);
    const { code, screen } = await terminal.ended;
    expect(code).toBe(130);
    expect(screen).toContain('Stopped.');
    expect(screen).not.toContain('✗');
    if (stage !== 'empty') expect(screen).toContain('Your SMTP settings are untouched.');
    const after = await workspace.record();
    // Google was asked whether the connection works: that is remembered, and nothing else is.
    const { gmail, ...rest } = after ?? {};
    expect(after === null ? null : rest).toEqual(
      before === null ? null : expect.objectContaining({ smtp: before.smtp }),
    );
    expect(gmail ?? null).toEqual(
      before?.gmail == null ? null : { ...(before.gmail as object), usedAt: expect.any(String) },
    );
  });
});

describeWith(['script'], 'the receipt', () => {
  test('at another address: a new message goes there, and only its reference counts', async () => {
    const workspace = await prepared.at('tested');
    const terminal = start(workspace, 'migrate');
    await terminal.see(RECEIPT);
    const old = lastReference(google);
    terminal.type(KEY.enter);
    await terminal.see('What now?');
    terminal.type(KEY.down + KEY.enter);
    await terminal.answer('Send it to which address?', ACCOUNT);
    await terminal.see(`Sent "Gmail Test Connection from WriteUpp" to ${ACCOUNT}.`);
    await terminal.see(RECEIPT);
    expect(google.messages.at(-1)?.deliveredTo).toEqual([ACCOUNT]);
    terminal.type(`${old}${KEY.enter}`);
    await terminal.see('That is not the reference of this message.');
    terminal.type(`${lastReference(google)}${KEY.enter}`);
    expect((await terminal.ended).code).toBe(0);
    expect(await workspace.record()).toMatchObject({
      smtp: null,
      gmail: { test: { to: ACCOUNT } },
    });
  });

  test('that is put off ends with a cancel, and is asked for again', async () => {
    const workspace = await prepared.at('tested');
    const terminal = start(workspace, 'migrate');
    await terminal.answer(RECEIPT, '');
    await terminal.see('What now?');
    terminal.type(KEY.down + KEY.down + KEY.down + KEY.enter);
    const { code, screen } = await terminal.ended;
    expect(code).toBe(3);
    expect(screen).toContain('Your SMTP settings are untouched.');
    const again = start(workspace, 'migrate');
    // Other practices of this stand-in have got messages since.
    const { gmail } = (await workspace.record()) as { gmail: { test: { id: string } } };
    await again.answer(RECEIPT, lastReference(google, gmail.test.id));
    expect((await again.ended).code).toBe(0);
  });
});

describeWith(['script'], 'migrate', () => {
  test('takes the pasted address from a browser on another computer', async () => {
    const workspace = await prepared.at('smtp');
    const terminal = start(workspace, 'migrate', '--no-browser');
    await terminal.see('paste it here.');
    const url = signInAddress(terminal);
    terminal.type(`${url}${KEY.enter}`);
    await terminal.see('Address:');
    const { finalUrl } = await playPerson(url, { account: ACCOUNT, onAnotherComputer: true });
    terminal.type(`${finalUrl}${KEY.enter}`);
    await giveReference(terminal, google);
    expect((await terminal.ended).code).toBe(0);
    expect(await workspace.record()).toMatchObject({ smtp: null, gmail: { email: ACCOUNT } });
  });

  test('writes no colours into a file, and still asks on the terminal', async () => {
    const workspace = await prepared.at('smtp');
    const file = join(workspace.folder, 'report.txt');
    const terminal = await migrateToReceipt(workspace, { stdoutTo: file });
    terminal.type(`${lastReference(google)}${KEY.enter}`);
    expect((await terminal.ended).code).toBe(0);
    const report = await readFile(file, 'utf8');
    expect(report).toContain('✓ Removed the SMTP settings');
    expect(report).not.toContain('\x1b');
    expect(report).not.toContain(RECEIPT);
    expect(report).toContain(`Integrations & Add-Ons: ${SITE}`);
  });
});

/** The whole address, which stands in a line of its own. */
function signInAddress(terminal: Terminal): string {
  const [address] = new RegExp(`${google.url}/\\S+`).exec(terminal.screen()) ?? [];
  if (address === undefined) throw new Error('no address on the screen');
  return address;
}
