/** The sender that patients know: an alias of the owner's account, proven by what a person sees, and used by `send`. */

import { describe, expect, test } from '@jest/globals';
import { playPerson } from '../stand-in/person.js';
import { describeWith } from '../support/system-part.js';
import { KEY, startInTerminal, type Terminal } from '../support/terminal.js';
import { useComputer } from '../support/use-stand-in.js';
import { SITE, SMTP_PASSWORD } from '../support/workspace.js';
import { ENTER, giveReference, RECEIPT } from './migrate-at-terminal.js';

const OWNER = 'jane@harbour-physio.example';
const ALIAS = 'info@harbour-physio.example';
/** Put under "Send mail as", and its confirmation email not answered. */
const UNCONFIRMED = 'desk@harbour-physio.example';
const SENDER = 'Which sender does the message show?';

const { google, workspace } = useComputer({
  accounts: [{ email: OWNER, sendAs: [ALIAS, UNCONFIRMED], unconfirmed: [UNCONFIRMED] }],
});

/** The practice sends as this address today, and wants to go on. */
async function addSite(sendAs: string): Promise<void> {
  const added = await workspace.run(
    [
      ...['site', 'add', SITE, '--organisation', 'Harbour Physio', '--login', OWNER, '--json'],
      ...['--smtp-host', 'smtp.gmail.com', '--smtp-user', sendAs, '--smtp-password-stdin'],
    ],
    { input: SMTP_PASSWORD },
  );
  expect(added.code).toBe(0);
  const set = await workspace.run(['site', 'set', SITE, '--send-as', sendAs, '--json']);
  expect(set.code).toBe(0);
}

/** The owner signs in, agrees to the sender, and types the reference. */
async function untilSenderIsAsked(sendAs: string): Promise<Terminal> {
  const terminal = startInTerminal(['migrate'], { env: workspace.env });
  await terminal.see(`Patients see ${sendAs} as the sender, before and after.`);
  await terminal.answer(ENTER, '');
  await playPerson(await workspace.nextUrl(), { account: OWNER });
  await terminal.see(`Send the email of Harbour Physio as ${sendAs}, through ${OWNER}?`);
  await terminal.see(`Yes, patients will see ${sendAs}`);
  terminal.type(KEY.down + KEY.enter);
  await giveReference(terminal, google);
  await terminal.see(SENDER);
  return terminal;
}

/** Who the last message to the owner came from, as it arrived. */
const shownSender = () => google.mailbox(OWNER).at(-1)?.parsed.from?.value[0]?.address;

describeWith(['script'], 'a send-as address', () => {
  test('that Google sends as: seen by the person, it is the proof; send uses it', async () => {
    await addSite(ALIAS);
    const terminal = await untilSenderIsAsked(ALIAS);
    expect(shownSender()).toBe(ALIAS);
    // Enter alone, by habit, is no Yes.
    terminal.type(KEY.enter);
    await terminal.see(SENDER);
    await terminal.see(SENDER);
    terminal.type(KEY.down + KEY.enter);
    const { code, screen } = await terminal.ended;
    expect(code).toBe(0);
    expect(screen).not.toContain('another sender');
    expect(await workspace.record()).toMatchObject({
      smtp: null,
      gmail: { email: OWNER, test: { from: ALIAS, arrival: 'confirmed', senderSeen: true } },
    });
    const status = await workspace.run(['status', '--json']);
    expect(status.result?.attention).toMatchObject([{ code: 'left-to-do-in-writeupp' }]);

    const input = `From: ${OWNER}\r\nTo: ${OWNER}\r\nSubject: Your invoice\r\n\r\nHere it is.\r\n`;
    expect((await workspace.run(['send', '--json'], { input })).code).toBe(0);
    expect(google.mailbox(OWNER).at(-1)?.parsed).toMatchObject({ subject: 'Your invoice' });
    expect(shownSender()).toBe(ALIAS);
  });

  test.each([
    ['the account’s', KEY.down + KEY.down, `shows ${OWNER} as its sender, not ${UNCONFIRMED}`],
    ['another', KEY.down + KEY.down + KEY.down, `does not show ${UNCONFIRMED}`],
  ])(
    'that Google replaces (%s is seen): no proof, and what to do at Google',
    async (_, keys, said) => {
      await addSite(UNCONFIRMED);
      const terminal = await untilSenderIsAsked(UNCONFIRMED);
      expect(shownSender()).toBe(OWNER);
      terminal.type(keys + KEY.enter);
      const { code, screen } = await terminal.ended;
      expect(code).toBe(3);
      const text = screen.replace(/\s+/g, ' ');
      expect(text).toContain(said);
      expect(text).toContain('Your SMTP settings are untouched.');
      expect(text).toContain('open Settings, See all settings, Accounts, "Send mail as"');
      expect(await workspace.record()).toMatchObject({
        smtp: { host: 'smtp.gmail.com' },
        gmail: { test: { arrival: 'denied' } },
      });
      const before = google.messages.length;
      const again = startInTerminal(['migrate'], { env: workspace.env });
      await again.see(RECEIPT);
      expect(google.messages).toHaveLength(before + 1);
      again.type(KEY.ctrlC);
      expect((await again.ended).code).toBe(130);
    },
  );
});

describe('with --yes', () => {
  test('nobody has seen the sender: it is said, until somebody has', async () => {
    await addSite(ALIAS);
    const args = ['migrate', '--yes', '--json', '--account', OWNER];
    const { run } = await workspace.runWithPerson(args, { account: OWNER });
    expect(run).toMatchObject({ code: 0, result: { pathway: 'gmail' } });
    const attention = (await workspace.run(['status', '--json'])).result?.attention;
    expect(attention).toMatchObject([
      { code: 'sender-unproven' },
      { code: 'left-to-do-in-writeupp' },
    ]);
    expect(JSON.stringify(attention)).toContain(ALIAS);
  });

  test('the alias is never expected to sign in: an account has to be named', async () => {
    await addSite(ALIAS);
    const run = await workspace.run(['migrate', '--yes', '--json']);
    expect(run).toMatchObject({ code: 2, error: { code: 'usage' } });
    expect(run.error?.hint).toContain('--account');
  });
});
