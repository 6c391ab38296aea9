/** `test-connection`, run as a process: the message as it arrives, and what is said of it. */

import { describe, expect, test } from '@jest/globals';
import { editRecord } from '../support/prepared.js';
import { useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT, LOGIN, SITE } from '../support/workspace.js';

const SUBJECT = 'Gmail Test Connection from WriteUpp';

const { google, prepared } = useStandIn();

describe('the message', () => {
  test('arrives at the WriteUpp login, from the connected account, in text and HTML', async () => {
    const workspace = await prepared.at('connected');
    const run = await workspace.run(['test-connection', '--json']);
    expect(run.code).toBe(0);
    const message = google.mailbox(LOGIN).at(-1)?.parsed;
    expect(message?.subject).toBe(SUBJECT);
    expect(message?.from?.value).toEqual([{ address: ACCOUNT, name: 'Harbour Physio' }]);
    expect(message?.to).toMatchObject({ value: [{ address: LOGIN, name: '' }] });
    expect(google.messages.at(-1)?.parsed.messageId).toMatch(/^<[^@\s]+@harbour-physio\.example>$/);
    expect(Math.abs(Date.now() - (message?.date?.getTime() ?? 0))).toBeLessThan(60_000);
    const reference = /\b[A-Z]{3}-\d{3}\b/.exec(message?.text ?? '')?.[0] ?? 'none';
    // Only the message itself shows it: who types it has read the message.
    expect(run.stdout + run.stderr).not.toContain(reference);
    for (const part of [message?.text, message?.html]) {
      expect(part).toContain(reference);
      expect(part).toContain(SITE);
      expect(part).toContain(ACCOUNT);
    }
  });

  test('goes where --to says, from a practice with a comma and quotes in its name', async () => {
    const workspace = await prepared.at('connected');
    const organisation = 'Harbour, "Physio" & Söhne';
    await workspace.run(['site', 'set', '--organisation', organisation]);
    const to = 'desk@harbour-physio.example';
    const run = await workspace.run(['test-connection', '--to', to, '--json']);
    expect(run.result).toMatchObject({ testMessage: { to } });
    expect(google.mailbox(to).at(-1)?.parsed.from?.value).toEqual([
      { address: ACCOUNT, name: organisation },
    ]);
  });

  test('is remembered, so that status and migrate know of it', async () => {
    const workspace = await prepared.at('connected');
    const { result } = await workspace.run(['test-connection', '--json']);
    expect(await workspace.record()).toMatchObject({
      gmail: { test: { to: LOGIN, id: google.messages.at(-1)?.id, arrival: 'unanswered' } },
    });
    expect(result).toMatchObject({
      pathway: 'smtp',
      gmail: { testedAt: expect.any(String) },
      testMessage: { id: google.messages.at(-1)?.id },
    });
  });
});

describe('what is said', () => {
  test('where it went, and that SMTP settings still take precedence', async () => {
    const workspace = await prepared.at('connected');
    const run = await workspace.run(['test-connection']);
    expect(run.stdout).toContain(`Sent "${SUBJECT}" to ${LOGIN}. Gmail accepted it.`);
    expect(run.stdout).toContain(`through the Google account ${ACCOUNT}`);
    expect(run.stdout).toContain('junk folder');
    expect(run.stdout).toContain('The SMTP settings take precedence');
    expect(run.stdout).toContain('writeupp-mail migrate');
  });

  test('no such warning once the SMTP settings are gone', async () => {
    const workspace = await prepared.at('migrated');
    const run = await workspace.run(['test-connection']);
    expect(run.code).toBe(0);
    expect(run.stdout).not.toContain('take precedence');
  });
});

describe('refused, with nothing sent:', () => {
  test('a site that is not connected', async () => {
    const workspace = await prepared.at('smtp');
    const run = await workspace.run(['test-connection', '--json']);
    expect(run).toMatchObject({
      code: 4,
      error: { code: 'sign-in-needed', reason: 'not-connected', exitCode: 4 },
    });
  });

  test('a connection of another issuer', async () => {
    const workspace = await prepared.at('tested');
    const sent = google.messages.length;
    await editRecord(workspace, ({ gmail }) => {
      gmail.issuer = 'https://accounts.google.com';
    });
    const run = await workspace.run(['test-connection', '--json']);
    expect(run).toMatchObject({ code: 4, error: { reason: 'not-connected' } });
    expect(google.messages).toHaveLength(sent);
  });

  test('a connection that Google no longer accepts', async () => {
    const workspace = await prepared.at('tested');
    google.fail('invalid_grant-revoked', { times: 1 });
    const run = await workspace.run(['test-connection', '--json']);
    expect(run).toMatchObject({ code: 4, error: { code: 'sign-in-needed' } });
    expect(run.error?.reason).not.toBe('not-connected');
  });

  test('an address that is none', async () => {
    const workspace = await prepared.at('connected');
    const run = await workspace.run(['test-connection', '--to', 'desk@x', '--json']);
    expect(run).toMatchObject({ code: 2, error: { code: 'invalid-recipient' } });
    expect(run.error?.message).toContain('--to: "desk@x"');
  });
});
