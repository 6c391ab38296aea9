/** The program in a real terminal: what it asks, what the keys do, and what goes where. */

import { expect, test } from '@jest/globals';
import { describeWith } from '../support/system-part.js';
import { KEY, startInTerminal, type Terminal } from '../support/terminal.js';
import { useComputer } from '../support/use-stand-in.js';
import { ACCOUNT, LOGIN, SITE, SMTP_PASSWORD } from '../support/workspace.js';

const { workspace } = useComputer();

const inTerminal = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Terminal =>
  startInTerminal(args, { env: { ...workspace.env, ...env } });

describeWith(['script'], 'sites in a terminal', () => {
  test('asks for everything about a new site, and never shows the password', async () => {
    const terminal = inTerminal(['site', 'add']);
    await answerAboutSite(terminal);
    await terminal.answer('with the command "send"? (y/N)', 'y');
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
    await adding.answer('with the command "send"? (y/N)', 'y');
    await adding.answer(`SMTP password of ${ACCOUNT}`, SMTP_PASSWORD);
    await adding.answer('Choose a passphrase for the vault', 'short');
    await adding.see('Please use 8 characters or more.');
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
