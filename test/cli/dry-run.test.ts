/** `migrate --dry-run`: every check, every step told, and not a byte changed, on disk or at Google. */

import { expect, test } from '@jest/globals';
import type { Stage } from '../support/prepared.js';
import { isOnBackend, useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT, LOGIN, SITE } from '../support/workspace.js';
import { folderPrint } from './folder-print.js';

const { google, prepared } = useStandIn();

test.each<[Stage, would: Readonly<Record<string, string>>]>([
  [
    'smtp',
    {
      'sign-in': `Would open Google’s sign-in page for ${ACCOUNT}.`,
      'save-tokens': 'Would save the permission to send',
      'test-message': `to ${LOGIN}.`,
      'confirm-receipt': 'Not asked whether it came',
      'revert-smtp': 'Would remove the SMTP settings (smtp.gmail.com)',
      'confirm-pathway': 'Would read the record again',
    },
  ],
  ['connected', { 'sign-in': `Connected already: ${ACCOUNT}`, 'test-message': 'Would send' }],
  ['tested', { 'sign-in': 'Connected already', 'test-message': 'Gmail accepted "Gmail Test' }],
  ['migrated', { 'revert-smtp': 'There are no SMTP settings to remove' }],
])(
  'a site that is %s: each step says what it would do, and nothing is written',
  async (stage, would) => {
    const workspace = await prepared.at(stage);
    const before = await folderPrint(workspace.home);
    const posts = google.requests.filter(
      ({ point }) => point === 'send' || point === 'revoke',
    ).length;
    const run = await workspace.run(['migrate', '--dry-run', '--yes', '--json']);
    expect(run).toMatchObject({ code: 0, result: { ok: true, site: SITE, dryRun: true } });
    const steps = run.events.filter(
      ({ event, status }) => event === 'step' && status !== 'started',
    );
    expect(steps.map(({ step }) => step)).toEqual([
      'check-settings',
      'sign-in',
      'save-tokens',
      'test-message',
      'confirm-receipt',
      'revert-smtp',
      'confirm-pathway',
    ]);
    for (const [name, words] of Object.entries(would)) {
      const step = steps.find((one) => one.step === name);
      expect(step).toMatchObject({ status: 'skipped', message: expect.stringContaining(words) });
    }
    expect(await folderPrint(workspace.home)).toEqual(before);
    const after = google.requests.filter(({ point }) => point === 'send' || point === 'revoke');
    expect(after).toHaveLength(posts);
  },
);

test('a connection that Google no longer accepts: it would sign in again, and nothing is written', async () => {
  const workspace = await prepared.at('tested');
  const before = await folderPrint(workspace.home);
  google.fail('invalid_grant-revoked', { times: 1 });
  const run = await workspace.run(['migrate', '--dry-run', '--yes', '--json']);
  expect(run.code).toBe(0);
  const would = run.events.map((event) => event.would);
  expect(would).toContain(`Would open Google’s sign-in page for ${ACCOUNT}.`);
  expect(would).toContain(`Would send "Gmail Test Connection from WriteUpp" to ${LOGIN}.`);
  expect(await folderPrint(workspace.home)).toEqual(before);
});

test('a check that fails is told, and nothing is written', async () => {
  const workspace = await prepared.at('tested');
  const before = await folderPrint(workspace.home);
  const elsewhere = await workspace.run(['migrate', '--dry-run', '--yes', '--json'], {
    env: { WRITEUPP_MAIL_PASSPHRASE: 'a wrong passphrase' },
  });
  expect(elsewhere).toMatchObject({ code: 6, error: { code: 'vault-passphrase' } });
  expect(await folderPrint(workspace.home)).toEqual(before);
});

test('for people: the same words, the command that makes the switch, and no question', async () => {
  const workspace = await prepared.at('smtp');
  const before = await folderPrint(workspace.home);
  const run = await workspace.run(['migrate', '--dry-run', '--yes']);
  expect(run.code).toBe(0);
  expect(run.stdout).toContain('Delivery of all email is your responsibility.');
  expect(run.stdout).toContain('Would remove the SMTP settings (smtp.gmail.com)');
  expect(run.stdout).toContain(
    `Nothing was changed. To make the switch:\n  writeupp-mail migrate${isOnBackend ? ` --site ${SITE}` : ''}\n`,
  );
  expect(await folderPrint(workspace.home)).toEqual(before);
});

test('where nobody can be asked, it ends as the run would: not-interactive, at once', async () => {
  const workspace = await prepared.at('tested');
  const before = await folderPrint(workspace.home);
  const plan = await workspace.run(['migrate', '--dry-run', '--json']);
  expect(plan).toMatchObject({ code: 2, error: { code: 'not-interactive' } });
  expect(await folderPrint(workspace.home)).toEqual(before);
  const run = await workspace.run(['migrate', '--json']);
  expect({ code: plan.code, error: plan.error }).toEqual({ code: run.code, error: run.error });
});

test('--to another address than that of the last message: it says that it would send one', async () => {
  const workspace = await prepared.at('tested');
  const args = ['migrate', '--dry-run', '--yes', '--json', '--to', 'desk@harbour-physio.example'];
  const run = await workspace.run(args);
  expect(run.code).toBe(0);
  expect(run.events.map((event) => event.would)).toContain(
    'Would send "Gmail Test Connection from WriteUpp" to desk@harbour-physio.example.',
  );
});
